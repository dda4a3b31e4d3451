import { ApiError, call, callJson } from '../../shared/api.ts';
import { announce } from '../../shared/status.ts';
import type { AnswerResponse, Deferral, Message } from './answer-types.ts';
import type { Turn } from './turn.ts';

/** Bounds of the pause between two looks. Lowered, a service that has just recovered is asked more often. */
const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** While the service cannot be reached. */
const FAILURE_PAUSE_MS = 5_000;

/** Asks a question so that the service answers it later, and waits for the answer. @throws the signal's reason */
export async function deferTurn(turn: Turn, messages: Message[], signal: AbortSignal): Promise<void> {
  const asked = messages.length === 1 ? { query: messages[0]?.content } : { messages };
  turn.waiting.value = { id: '', state: 'asking' };
  let deferral: Deferral | null | undefined;
  try {
    const response = await callJson<AnswerResponse>('query', {
      method: 'POST',
      body: { ...asked, defer: true },
      limitMs: 120_000,
      signal,
    });
    ({ deferred: deferral } = response.metadata);
    if (!response.metadata.from_fallback) return take(turn, response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError) ({ deferred: deferral } = Object(error.body) as { deferred?: Deferral });
  }
  if (!deferral) {
    turn.waiting.value = { id: '', state: 'refused' };
    announce('The question cannot be kept now.');
    return;
  }
  turn.waiting.value = { id: deferral.id, state: 'waiting' };
  announce('The question is kept. Its answer will appear here.');
  await collectDeferred(turn, signal);
}

/** Waits for the answer to a question that was deferred. @throws the signal's reason */
export async function collectDeferred(turn: Turn, signal: AbortSignal): Promise<void> {
  const path = `answers/${encodeURIComponent(turn.waiting.value?.id ?? '')}`;
  for (;;) {
    let pauseMs = FAILURE_PAUSE_MS;
    try {
      const response = await call(path, { limitMs: 30_000, signal });
      if (response.status === 200) return take(turn, (await response.json()) as AnswerResponse);
      pauseMs = Number(response.headers.get('retry-after')) * 1_000;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiError && (error.status === 404 || error.status === 410)) {
        turn.waiting.value = { id: '', state: 'gone' };
        return;
      }
    }
    await pause(Math.min(Math.max(pauseMs, MIN_PAUSE_MS), MAX_PAUSE_MS), signal);
  }
}

function take(turn: Turn, response: AnswerResponse): void {
  turn.finish(response);
  turn.waiting.value = { id: '', state: 'arrived' };
  announce('The answer that you asked to have later has arrived.');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
