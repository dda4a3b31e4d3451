import type { Clock } from '../time/clock.ts';

/** No permit became free within the time limit. */
export class SemaphoreTimeoutError extends Error {
  constructor(waitMs: number) {
    super(`no permit became free within ${waitMs} ms`);
  }
}

/** A fixed number of permits, handed out in the order in which they are asked for. */
export class Semaphore {
  /** The callers who wait, first come first; each is called with its permit. */
  private readonly queue = new Set<() => void>();
  private free: number;

  constructor(
    private readonly clock: Clock,
    private readonly permits: number,
  ) {
    this.free = permits;
  }

  /** Permits that are in use. */
  get taken(): number {
    return this.permits - this.free;
  }

  /** Callers who wait for a permit. */
  get queueDepth(): number {
    return this.queue.size;
  }

  /**
   * Takes a permit, which must be released.
   * @throws SemaphoreTimeoutError after `maxWaitMs`, the signal's reason as soon as it aborts
   */
  acquire(signal: AbortSignal, maxWaitMs: number): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.free > 0) {
      this.free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.queue.delete(enter);
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
      };
      const enter = () => {
        leave();
        resolve();
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const cancelTimer = this.clock.setTimer(() => {
        leave();
        reject(new SemaphoreTimeoutError(maxWaitMs));
      }, maxWaitMs);
      signal.addEventListener('abort', onAbort, { once: true });
      this.queue.add(enter);
    });
  }

  /** Hands the permit to the caller who has waited longest, so that no later caller can take it first. */
  release(): void {
    const [next] = this.queue;
    if (next) next();
    else this.free++;
  }
}
