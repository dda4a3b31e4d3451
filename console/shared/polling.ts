import { signal, type ReadonlySignal } from '@preact/signals';

/** What was read last, and whether the last attempt failed. */
export interface Polled<T> {
  value: T | undefined;
  /** Why the last attempt failed; undefined when it succeeded. */
  failure: Error | undefined;
  /** When `value` was read, in milliseconds of the epoch; 0 for never. */
  readAt: number;
}

/** A value that is read again and again. */
export interface Poller<T> {
  state: ReadonlySignal<Polled<T>>;
  /** Reads now, as after an action. */
  readNow(): void;
  stop(): void;
}

/**
 * Reads a value at once, then `pauseMs` after each attempt, and at once when the page is shown again. While the page is
 * hidden nothing is read. An attempt is given up after `limitMs`.
 */
export function poll<T>(
  read: (signal: AbortSignal) => Promise<T>,
  { pauseMs, limitMs = 5_000 }: { pauseMs: number; limitMs?: number },
): Poller<T> {
  const state = signal<Polled<T>>({ value: undefined, failure: undefined, readAt: 0 });
  const end = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;
  const attempt = async () => {
    clearTimeout(timer);
    const own = ++turn;
    if (!document.hidden) {
      try {
        const value = await read(AbortSignal.any([end.signal, AbortSignal.timeout(limitMs)]));
        if (own === turn) state.value = { value, failure: undefined, readAt: Date.now() };
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        if (own === turn && !end.signal.aborted) state.value = { ...state.value, failure };
      }
    }
    if (own === turn && !end.signal.aborted) timer = setTimeout(() => void attempt(), pauseMs);
  };
  const onShown = () => void (!document.hidden && attempt());
  document.addEventListener('visibilitychange', onShown);
  void attempt();
  return {
    state,
    readNow: () => void attempt(),
    stop: () => {
      end.abort();
      turn++;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onShown);
    },
  };
}
