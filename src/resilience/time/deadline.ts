import type { Clock } from './clock.ts';
import { DeadlineExceededError } from '../guard/errors.ts';

/** Runs `call`. Rejects with the signal's reason as soon as the signal aborts. */
export async function untilAborted<T>(
  call: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([call(signal), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Waits for `work` until the signal aborts. The work itself continues, and its failure is handled. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  return untilAborted(() => work, signal);
}

/** Whether the signal aborted because the caller has gone, and not because the deadline was exceeded. */
export function isCallerGone(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof DeadlineExceededError);
}

/** Makes `controller` abort with `parent`, for the same reason. Returns a function that ends this. */
export function followAbort(controller: AbortController, parent: AbortSignal | undefined): () => void {
  const onAbort = () => controller.abort(parent?.reason);
  if (parent?.aborted) onAbort();
  parent?.addEventListener('abort', onAbort, { once: true });
  return () => parent?.removeEventListener('abort', onAbort);
}

/** A signal that aborts when time is up or with its parent. `clear`, or the end of `using`, releases timer and listener. */
export interface Deadline extends Disposable {
  signal: AbortSignal;
  /** Milliseconds left, at least 0. */
  leftMs(): number;
  clear(): void;
}

/** Starts a deadline of `ms` milliseconds; its signal's reason is a DeadlineExceededError, or the parent's reason. */
export function startDeadline(clock: Clock, ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const endsAt = clock.now() + ms;
  const unfollow = followAbort(controller, parent);
  const cancel = clock.setTimer(() => controller.abort(new DeadlineExceededError()), ms);
  const clear = () => {
    cancel();
    unfollow();
  };
  return {
    signal: controller.signal,
    leftMs: () => Math.max(0, endsAt - clock.now()),
    clear,
    [Symbol.dispose]: clear,
  };
}
