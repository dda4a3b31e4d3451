import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../time/clock.ts';

/** How much runs at once, and how much may wait. */
export interface BulkheadLimits {
  maxConcurrent: number;
  maxQueued: number;
}

/** No room, and none soon enough: the work was not begun. */
export class BulkheadFullError extends ServiceError {
  constructor() {
    super('too much work is under way');
  }
}

/** Weight of the newest duration in the mean. */
const NEWEST = 0.1;

/** Lets so much work run at once; the rest waits in its order of arrival, in a bounded queue, and not in vain. */
export class Bulkhead {
  private running = 0;
  private meanMs = 0;
  /** Those who wait, first come first; each is called when it may begin. */
  private readonly queue = new Set<() => void>();

  constructor(
    private readonly limits: BulkheadLimits,
    private readonly clock: Clock,
  ) {}

  /** How many wait. */
  get queueDepth(): number {
    return this.queue.size;
  }

  /**
   * Runs the work as soon as there is room.
   * @param maxWaitMs how long it may wait; when the queue as it moves now takes longer, it does not wait at all
   * @throws BulkheadFullError, the signal's reason when it aborts while waiting, or what the work throws
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal, maxWaitMs: number): Promise<T> {
    if (this.running < this.limits.maxConcurrent) this.running++;
    else await this.wait(signal, maxWaitMs);
    const startedAt = this.clock.now();
    try {
      return await work();
    } finally {
      const ms = this.clock.now() - startedAt;
      this.meanMs = this.meanMs === 0 ? ms : this.meanMs + (ms - this.meanMs) * NEWEST;
      this.release();
    }
  }

  /** Whoever ends hands its place to the first who waits, so that nobody who comes later can take it. */
  private release(): void {
    const [next] = this.queue;
    if (next) next();
    else this.running--;
  }

  private wait(signal: AbortSignal, maxWaitMs: number): Promise<void> {
    const expectedMs = ((this.queue.size + 1) / this.limits.maxConcurrent) * this.meanMs;
    if (this.queue.size >= this.limits.maxQueued || expectedMs > maxWaitMs)
      return Promise.reject(new BulkheadFullError());
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.queue.delete(begin);
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
      };
      const begin = () => {
        leave();
        resolve();
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const cancelTimer = this.clock.setTimer(() => {
        leave();
        reject(new BulkheadFullError());
      }, maxWaitMs);
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      this.queue.add(begin);
    });
  }
}
