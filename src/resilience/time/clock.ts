/** The only source of time for rules. Tests replace it with a fake. */
export interface Clock {
  /** Monotonic milliseconds from an arbitrary start. All durations and limits are computed from this. */
  now(): number;
  /** Epoch milliseconds, for display and storage. Never used to decide the state of a guard. */
  wall(): number;
  /** Runs `callback` once after `ms` milliseconds; the returned function cancels it (idempotent). */
  setTimer(callback: () => void, ms: number): () => void;
}

/** Injection token of the clock. */
export const CLOCK = Symbol('CLOCK');

/** The process's real time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimer(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export async function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  await pause(clock, ms, signal);
  signal?.throwIfAborted();
}
