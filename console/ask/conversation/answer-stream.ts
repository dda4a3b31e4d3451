import { ApiError, call } from '../../shared/api.ts';
import { announce } from '../../shared/status.ts';
import { readServerEvents, type ServerEvent } from '../../shared/server-events.ts';
import type { AnswerResponse, Message, Notice, Restart, Source } from './answer-types.ts';
import type { Turn } from './turn.ts';

/** The service says something every 10 s; a connection that is silent for longer is dead, as after a sleep. */
const SILENCE_LIMIT_MS = 25_000;
/** How long the first event of an answer may take. A question that is asked again shares the answer in the making. */
const FIRST_EVENT_LIMIT_MS = 60_000;
/** A stream that is resumed is silent for no longer. Lowered, slow connections never get through. */
const RESUME_LIMIT_MS = 15_000;
const FIRST_PAUSE_MS = 500;
/** Raised, a reader whose connection is back waits for longer. */
const MAX_PAUSE_MS = 5_000;
/** Repetitions in a row without one event. Raised, an answer that cannot come is waited for longer. */
const MAX_REPETITIONS = { ask: 1, resume: 40 };

/** The connection broke before the end of the answer. */
class ConnectionLost extends Error {}

/**
 * Asks the question of a turn and reads the answer into the turn until its end, over lost connections. A turn with a stream goes
 * on with that one. The question is asked again when the stream is gone, and once when the connection was lost before it began.
 * @throws the signal's reason; every failure else is the turn's
 */
export async function answerTurn(turn: Turn, messages: Message[], signal: AbortSignal): Promise<void> {
  const ask = () => openAnswer(turn, messages, signal);
  const resume = () => resumeAnswer(turn, signal);
  const isLost = (error: unknown) =>
    error instanceof ConnectionLost ||
    (error instanceof ApiError && (error.status === 0 || (open === resume && error.status >= 429)));
  let lost = 0;
  let open = turn.stream ? resume : ask;
  while (turn.isOpen) {
    try {
      const response = await open();
      if (turn.isCutOff.value) announce('The connection is back.');
      turn.isCutOff.value = false;
      await readAnswer(turn, response, signal, () => (lost = 0));
    } catch (error) {
      signal.throwIfAborted();
      const isGone = error instanceof ApiError && (error.status === 404 || error.status === 400);
      if (isGone && open === resume) {
        askAgain(turn);
        open = ask;
        continue;
      }
      const mostLost = turn.stream ? MAX_REPETITIONS.resume : MAX_REPETITIONS.ask;
      if (!isLost(error) || ++lost > mostLost) return turn.fail(toFailure(error));
      if (!turn.isCutOff.value) announce('The connection is lost. Reconnecting.');
      turn.isCutOff.value = true;
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** (lost - 1), MAX_PAUSE_MS), signal);
      open = turn.stream ? resume : ask;
      if (!turn.stream) askAgain(turn);
    }
  }
}

/** There is no stream, or none any more: what was shown of it makes place. */
function askAgain(turn: Turn): void {
  turn.stream = undefined;
  turn.isCutOff.value = false;
  turn.restart({ reason: 'connection_lost', target: '' });
  announce('The question is asked again.');
}

async function openAnswer(turn: Turn, messages: Message[], signal: AbortSignal): Promise<Response> {
  const asked = messages.length === 1 ? { query: messages[0]?.content } : { messages };
  const asking = call('query', {
    method: 'POST',
    body: { ...asked, resumable: true },
    headers: { accept: 'text/event-stream', ...(turn.isFresh && { 'cache-control': 'no-cache' }) },
    limitMs: FIRST_EVENT_LIMIT_MS,
    isStream: true,
  });
  const response = await unlessAborted(asking, signal);
  const id = response.headers.get('x-stream-id');
  if (id) turn.stream = { id, lastEventId: '' };
  return response;
}

/** A resumable answer goes on without its reader, so one that comes after the abort is stopped by its name. */
async function unlessAborted(asking: Promise<Response>, signal: AbortSignal): Promise<Response> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([asking, stopped]);
  } catch (error) {
    void asking.then(
      ({ headers, body }) => {
        const id = headers.get('x-stream-id');
        void body?.cancel();
        if (id) void stopStream(id);
      },
      () => undefined,
    );
    throw error;
  }
}

async function resumeAnswer(turn: Turn, signal: AbortSignal): Promise<Response> {
  const { id = '', lastEventId = '' } = turn.stream ?? {};
  const response = await call(`streams/${encodeURIComponent(id)}`, {
    headers: { accept: 'text/event-stream', ...(lastEventId !== '' && { 'last-event-id': lastEventId }) },
    limitMs: RESUME_LIMIT_MS,
    isStream: true,
    signal,
  });
  // Nothing follows the event that was seen last.
  if (response.status === 204) throw new ApiError('This answer has ended.', 404, 'not_found', undefined);
  return response;
}

/** Ends a stream for all its readers. */
export async function stopStream(id: string): Promise<void> {
  await call(`streams/${encodeURIComponent(id)}`, { method: 'DELETE', limitMs: 10_000 }).catch(
    () => undefined,
  );
}

/** @throws ConnectionLost when the response breaks off */
async function readAnswer(
  turn: Turn,
  response: Response,
  signal: AbortSignal,
  onEvent: () => void,
): Promise<void> {
  const silence = new AbortController();
  let heardAt = Date.now();
  const listening = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      heardAt = Date.now();
      controller.enqueue(chunk);
    },
  });
  const timer = setInterval(() => {
    if (Date.now() - heardAt > SILENCE_LIMIT_MS) silence.abort();
  }, 1_000);
  try {
    if (!response.body) throw new ConnectionLost();
    const heard = response.body.pipeThrough(listening, {
      signal: AbortSignal.any([signal, silence.signal]),
    });
    for await (const event of readServerEvents(heard)) {
      signal.throwIfAborted();
      onEvent();
      applyEvent(turn, event);
      if (!turn.isOpen) return;
      if (turn.stream && event.id !== '') turn.stream.lastEventId = event.id;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SyntaxError) throw error;
  } finally {
    clearInterval(timer);
  }
  throw new ConnectionLost();
}

/** @throws SyntaxError for data that is no JSON */
function applyEvent(turn: Turn, { type, data }: ServerEvent): void {
  switch (type) {
    case 'sources':
      turn.sources.value = (JSON.parse(data) as { sources: Source[] }).sources;
      break;
    case 'notice':
      turn.notice.value = JSON.parse(data) as Notice;
      break;
    case 'token':
      turn.append((JSON.parse(data) as { text: string }).text);
      break;
    case 'reset':
      turn.restart(JSON.parse(data) as Restart);
      break;
    case 'done':
      turn.finish(JSON.parse(data) as AnswerResponse);
      break;
    case 'error': {
      const { error, message } = JSON.parse(data) as { error: string; message: string };
      if (error === 'stopped') turn.stop();
      else turn.fail({ code: error, message });
    }
  }
}

function toFailure(error: unknown): { code: string; message: string } {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  if (error instanceof ConnectionLost) return { code: '', message: 'The connection was lost.' };
  return { code: '', message: 'The answer of the service cannot be read.' };
}

/** Waits, and no longer than until the machine is connected, or the page is looked at, again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const options = { signal: done.signal };
    const end = (settle: () => void) => {
      done.abort();
      clearTimeout(timer);
      settle();
    };
    const timer = setTimeout(() => end(resolve), ms);
    addEventListener('online', () => end(resolve), options);
    document.addEventListener('visibilitychange', () => !document.hidden && end(resolve), options);
    signal.addEventListener('abort', () => end(() => reject(signal.reason as Error)), options);
  });
}
