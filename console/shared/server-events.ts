/** One event of a stream. */
export interface ServerEvent {
  /** `<stream>.<number>`; empty when the event has none. */
  id: string;
  type: string;
  data: string;
}

/**
 * The events of a response of the type `text/event-stream`, as the standard reads them.
 * @throws what reading the body throws
 */
export async function* readServerEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let event = emptyEvent();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line !== '') readLine(line, event);
        else {
          if (event.lines.length > 0) yield { id: event.id, type: event.type, data: event.lines.join('\n') };
          event = emptyEvent();
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

interface UnfinishedEvent {
  id: string;
  type: string;
  lines: string[];
}

function emptyEvent(): UnfinishedEvent {
  return { id: '', type: 'message', lines: [] };
}

function readLine(line: string, event: UnfinishedEvent): void {
  const [, field = '', value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? [];
  if (field === 'data') event.lines.push(value);
  else if (field === 'event') event.type = value;
  else if (field === 'id') event.id = value;
}
