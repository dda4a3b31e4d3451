import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';

/** A server-sent event, with the milliseconds from the request to it. */
export interface StreamedEvent {
  /** Empty where a protocol gives its events no names. */
  event: string;
  data: string;
  ms: number;
}

const agent = new Agent({ keepAlive: true });

/**
 * Asks for a stream and gives its events as they come. Whoever stops reading closes the connection. Not by `fetch`, whose own
 * time would count as the service's.
 * @throws when the status is not 200, or the connection breaks
 */
export async function* readStream(
  url: string,
  body: object,
  signal: AbortSignal,
): AsyncGenerator<StreamedEvent> {
  const startedAt = performance.now();
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
  const asking = request(url, { agent, method: 'POST', headers, signal });
  asking.end(JSON.stringify(body));
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200)
    throw new Error(`POST ${new URL(url).pathname} gave ${response.statusCode}`);
  response.setEncoding('utf8');
  let rest = '';
  for await (const part of response) {
    const ms = performance.now() - startedAt;
    const frames = (rest + String(part)).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) if (!frame.startsWith(':')) yield { ...parse(frame), ms };
  }
}

function parse(frame: string): Omit<StreamedEvent, 'ms'> {
  const fields = new Map(frame.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
  return { event: fields.get('event') ?? '', data: fields.get('data') ?? '' };
}

/** A stream of `POST /query` that was read to its end. */
export interface ReadStream {
  /** Of the first event of each name, in milliseconds. */
  firstMs: Map<string, number>;
  lastTokenMs: number;
  tokens: number;
  /** The target that answered; null when none did. */
  target: string | null;
}

/** Streams that wait for their passages at a time in `openStreams`. Raised, searches are shed. */
const OPENING = 4;

/** Asks a question and reads its stream to the end. @throws unless it ends with `done` */
export async function askStream(
  url: string,
  query: string,
  signal: AbortSignal,
  onEvent: (event: StreamedEvent) => void = () => undefined,
): Promise<ReadStream> {
  const read: ReadStream = { firstMs: new Map(), lastTokenMs: Number.NaN, tokens: 0, target: null };
  for await (const streamed of readStream(`${url}/query`, { query }, signal)) {
    const { event, data, ms } = streamed;
    onEvent(streamed);
    if (!read.firstMs.has(event)) read.firstMs.set(event, ms);
    if (event === 'error') throw new Error(`the stream ended with ${data}`);
    if (event === 'token') {
      read.tokens++;
      read.lastTokenMs = ms;
    }
    if (event !== 'done') continue;
    const { metadata } = JSON.parse(data) as { metadata: Pick<ReadStream, 'target'> };
    return { ...read, target: metadata.target };
  }
  throw new Error('the stream ended without done');
}

/** Opens many streams, as fast as their passages are found; resolves with their ends once all are open. */
export async function openStreams(
  url: string,
  count: number,
  question: () => string,
  signal: AbortSignal,
): Promise<Promise<ReadStream>[]> {
  const ends: Promise<ReadStream>[] = [];
  const openNext = async () => {
    while (ends.length < count) {
      const { promise: isOpen, resolve } = Promise.withResolvers<void>();
      const end = askStream(url, question(), signal, () => resolve());
      ends.push(end);
      await Promise.race([isOpen, end]);
    }
  };
  await Promise.all(Array.from({ length: OPENING }, openNext));
  return ends;
}
