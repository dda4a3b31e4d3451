import type { Clock } from './clock.ts';
import { DeadlineExceededError } from './errors.ts';

/** Runs `call`, but rejects with the signal's reason as soon as it aborts. */
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

/** Waits for `work` until the signal aborts; the work goes on by itself. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever waits gets the failure; nobody waits for one that comes after the abort, and whoever made the work accounts for it.
  work.catch(() => undefined);
  return untilAborted(() => work, signal);
}

/** Whether the caller has left, as opposed to its deadline being spent. */
export function isCallerGone(signal: AbortSignal): boolean {
  return signal.aborted && !(signal.reason instanceof DeadlineExceededError);
}

/** A signal that aborts when time is up or with its parent; `clear` releases the timer and the listener. */
export interface Deadline {
  signal: AbortSignal;
  /** Milliseconds left, at least 0. */
  leftMs(): number;
  clear(): void;
}

/** Starts a deadline of `ms` milliseconds; its signal's reason is a DeadlineExceededError, or the parent's reason. */
export function startDeadline(clock: Clock, ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const endsAt = clock.now() + ms;
  const onParent = () => controller.abort(parent?.reason);
  if (parent?.aborted) onParent();
  parent?.addEventListener('abort', onParent, { once: true });
  const cancel = clock.setTimer(() => controller.abort(new DeadlineExceededError()), ms);
  return {
    signal: controller.signal,
    leftMs: () => Math.max(0, endsAt - clock.now()),
    clear() {
      cancel();
      parent?.removeEventListener('abort', onParent);
    },
  };
}
