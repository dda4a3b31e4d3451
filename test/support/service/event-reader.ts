import type { Service } from './service.ts';

/** An event of a stream, with its data parsed. */
export interface ReadEvent {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

/** Reads the events of one response as they come. */
export class EventReader {
  /** The comments so far. */
  comments = 0;
  private buffer = '';
  private readonly reader: ReadableStreamDefaultReader<string>;

  private constructor(
    readonly response: Response,
    private readonly caller: AbortController,
  ) {
    if (!response.body) throw new Error('the response has no body');
    this.reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Asks for a stream; the response may be an error, which is thrown with its status and body. */
  static async ask(service: Service, body: Record<string, unknown>, headers = {}): Promise<EventReader> {
    return EventReader.open(`${service.url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      body: JSON.stringify(body),
    });
  }

  static async open(url: string, init: RequestInit = {}): Promise<EventReader> {
    const caller = new AbortController();
    const response = await fetch(url, { ...init, signal: caller.signal });
    if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
      throw new Error(`${response.status} ${await response.text()}`);
    return new EventReader(response, caller);
  }

  get id(): string {
    return this.response.headers.get('x-stream-id') ?? '';
  }

  /** The next event; undefined at the end of the response. */
  async next(): Promise<ReadEvent | undefined> {
    for (;;) {
      const end = this.buffer.indexOf('\n\n');
      if (end !== -1) {
        const frame = this.buffer.slice(0, end);
        this.buffer = this.buffer.slice(end + 2);
        if (!frame.startsWith(':')) return parse(frame);
        this.comments++;
        continue;
      }
      const { done, value } = await this.reader.read();
      if (done) return undefined;
      this.buffer += value;
    }
  }

  /** The next events, up to the first of that name, which is the last of them. */
  async until(name: string): Promise<ReadEvent[]> {
    const events: ReadEvent[] = [];
    for (;;) {
      const event = await this.next();
      if (!event) throw new Error(`the stream ended without ${name}`);
      events.push(event);
      if (event.event === name) return events;
    }
  }

  /** All events to the end of the response. */
  async rest(): Promise<ReadEvent[]> {
    const events: ReadEvent[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  /** Closes the connection. */
  leave(): void {
    this.caller.abort();
  }
}

/** The text that a reader sees after these events. */
export function shownText(events: ReadEvent[]): string {
  const last = events.findLastIndex(({ event }) => event === 'reset');
  return events
    .slice(last + 1)
    .map(({ event, data }) => (event === 'token' ? String(data['text']) : ''))
    .join('');
}

/** The names of events, those that follow one another as one. */
export function namesOf(events: ReadEvent[]): string[] {
  return events.map(({ event }) => event).filter((name, at, all) => name !== all[at - 1]);
}

function parse(frame: string): ReadEvent {
  const fields = Object.fromEntries(
    frame.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  return { id: fields['id'] ?? '', event: fields['event'] ?? '', data: JSON.parse(fields['data'] ?? '{}') };
}
