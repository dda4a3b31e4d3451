/** An event of a stream of failsoft. */
export interface StreamEvent {
  event: string;
  data: unknown;
}

/**
 * Reads the server-sent events of a response as they come. Comments are left out, but show that the service is there.
 * @param heard called for every piece
 * @throws SyntaxError for data that is no JSON, or what the body fails with
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<StreamEvent> {
  let rest = '';
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    heard();
    const frames = (rest + piece).replaceAll('\r\n', '\n').split('\n\n');
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
