/** An event of a stream of failsoft. */
export interface StreamEvent {
  event: string;
  data: unknown;
}

/**
 * Reads the server-sent events of a response as they come. Comments are left out.
 * @throws SyntaxError for data that is no JSON, or what the body fails with
 */
export async function* readEvents(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const piece of pieces) {
    const frames = (rest + decoder.decode(piece, { stream: true })).replaceAll('\r\n', '\n').split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const lines = frame.split('\n');
      const valueOf = (name: string) =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trimStart();
      const data = valueOf('data');
      if (data !== undefined) yield { event: valueOf('event') ?? 'message', data: JSON.parse(data) };
    }
  }
}
