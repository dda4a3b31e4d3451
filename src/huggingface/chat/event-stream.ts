import type { Transformer, TransformStreamDefaultController } from 'node:stream/web';
import { waitForOwnTurn } from '../../resilience/time/own-turn.ts';
import { JsonSize } from '../../schemas/json-size.ts';
import { isRecord } from '../is-record.ts';
import { BadResponseError } from '../errors.ts';

/** Characters of one event, far above real ones. Raised, an event that is parsed in one go may pause the process. */
const MAX_EVENT_CHARACTERS = 500_000;
/** More text than this that arrives at once is read in a turn of its own. Lowered, a quick stream waits for more turns. */
const SMALL_CHARACTERS = 4_096;
/** Lists and objects inside one another, far more than an answer has. Raised, brackets alone take the parser some 50 ms. */
const MAX_DEPTH = 100;
const LINE_END = /\r\n|\r|\n/;

/**
 * A response as the one kind that the client library reads: an event stream whose events have no `error` but a real one.
 * The type of its content, which some services name wrongly, does not count. A whole answer in JSON becomes one event, and so
 * does each line of a body whose first line is JSON by itself.
 * Reading the body fails with BadResponseError when it is neither, or an event is too long.
 */
export function toEventStream({ status, body }: Response): Response {
  const events = body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TransformStream(new EventReader()))
    // The client library parses the event again.
    .pipeThrough(new TransformStream({ transform: passInOwnTurn }))
    .pipeThrough(new TextEncoderStream());
  return new Response(events ?? null, { status, headers: { 'content-type': 'text/event-stream' } });
}

/** Passes text on, in a turn of its own when it is long. */
async function passInOwnTurn(text: string, to: TransformStreamDefaultController<string>): Promise<void> {
  if (text.length > SMALL_CHARACTERS) await waitForOwnTurn();
  to.enqueue(text);
}

/** Reads the events of a stream, in time that is linear in its length. */
class EventReader implements Transformer<string, string> {
  /** Text that no line end has followed yet. */
  private pending: string[] = [];
  private pendingLength = 0;
  private isJson: boolean | undefined;
  /** Whether each line is JSON by itself; undefined before the end of the first one. */
  private isJsonLines: boolean | undefined;
  private endsWithReturn = false;
  private event = '';
  private data: string[] = [];
  private dataLength = 0;

  async transform(text: string, controller: TransformStreamDefaultController<string>): Promise<void> {
    if (text.length > SMALL_CHARACTERS) await waitForOwnTurn();
    // The two characters of a line end may come apart.
    const added = this.endsWithReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.endsWithReturn = text.endsWith('\r');
    this.pending.push(added);
    this.pendingLength += added.length;
    if (this.pendingLength > MAX_EVENT_CHARACTERS + added.length) throw new BadResponseError('too_large');
    this.isJson ??= isJsonStart(this.pending.join(''));
    // Blanks before the first event mean nothing.
    if (this.isJson === undefined) this.hold('');
    if (this.isJson === undefined || this.isJsonLines === false || !LINE_END.test(added)) return;
    if (this.isJson) this.isJsonLines ??= beginsWithJsonLine(this.pending.join(''));
    if (this.isJson && !this.isJsonLines) return;
    const lines = this.takePending().split(LINE_END);
    this.hold(lines.pop() ?? '');
    for (const line of lines) this.readLine(line, controller);
  }

  flush(controller: TransformStreamDefaultController<string>): void {
    const rest = this.takePending();
    if (this.isJson) {
      if (rest.trim() !== '') send(rest, '', controller);
      return;
    }
    this.readLine(rest, controller);
    // Some services leave out the empty line behind the last event.
    this.readLine('', controller);
  }

  private takePending(): string {
    const text = this.pending.join('');
    this.hold('');
    return text;
  }

  private hold(text: string): void {
    this.pending = [text];
    this.pendingLength = text.length;
  }

  private readLine(line: string, controller: TransformStreamDefaultController<string>): void {
    if (this.isJson) {
      if (line.trim() !== '') send(line, '', controller);
      return;
    }
    if (line !== '') {
      const colon = line.indexOf(':');
      const value = line.slice(colon + 1).trimStart();
      if (line.startsWith('data:')) this.addData(value);
      if (line.startsWith('event:')) this.event = value.trim();
      return;
    }
    const [data, event] = [this.data.join('\n').trim(), this.event];
    this.data = [];
    this.dataLength = 0;
    this.event = '';
    if (data !== '') send(data, event, controller);
  }

  private addData(value: string): void {
    this.data.push(value);
    // With the line end between two of them.
    this.dataLength += value.length + 1;
    if (this.dataLength > MAX_EVENT_CHARACTERS) throw new BadResponseError('too_large');
  }
}

/** Whether a body is JSON; undefined as long as it holds blanks alone. @throws BadResponseError for a page */
function isJsonStart(text: string): boolean | undefined {
  const [first] = text.trimStart();
  if (first === '<') throw new BadResponseError('page');
  return first === undefined ? undefined : first === '{' || first === '[';
}

function beginsWithJsonLine(text: string): boolean {
  const [line = ''] = text.trimStart().split(LINE_END, 1);
  try {
    return isRecord(parseJson(line));
  } catch {
    return false;
  }
}

function send(data: string, event: string, controller: TransformStreamDefaultController<string>): void {
  if (/^\[done\]$/i.test(data)) {
    controller.enqueue('data: [DONE]\n\n');
    return;
  }
  const value = parse(data, event);
  // A ping may be any value.
  if (!isRecord(value)) return;
  const { base_resp, error = hasStatus(base_resp) ? base_resp : undefined, ...others } = value;
  const isNone = !error || (isRecord(error) && Object.keys(error).length === 0);
  const failure = event === 'error' ? (error ?? others) : isNone ? undefined : error;
  controller.enqueue(`data: ${JSON.stringify(failure ? { error: failure } : others)}\n\n`);
}

/** Whether it is what MiniMax writes beside every response, and tells an error. */
function hasStatus(response: unknown): boolean {
  return isRecord(response) && Number(response['status_code']) > 0;
}

/** The parsed data; undefined for text in an event of another name than those of an answer. @throws BadResponseError */
function parse(data: string, event: string): unknown {
  try {
    return parseJson(data);
  } catch {
    if (event !== '' && event !== 'message' && event !== 'error') return undefined;
    throw new BadResponseError('malformed');
  }
}

/** @throws SyntaxError for text that is no JSON, or too deep */
function parseJson(text: string): unknown {
  const depth = new JsonSize({ values: Infinity, depth: MAX_DEPTH });
  if (text.length > SMALL_CHARACTERS && depth.add(Buffer.from(text)))
    throw new SyntaxError(`more than ${MAX_DEPTH} lists and objects inside one another`);
  return JSON.parse(text);
}
