import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../time/clock.ts';
import { Semaphore, SemaphoreTimeoutError } from './semaphore.ts';

/** How many calls run at once, and how many may wait. */
export interface BulkheadLimits {
  maxConcurrent: number;
  maxQueued: number;
}

/** The bulkhead has no room, and none soon enough. The work was not started. */
export class BulkheadFullError extends ServiceError {
  constructor() {
    super('too much work is in progress');
  }
}

/** Weight of the newest duration in the mean. Raising it follows changes faster and single slow calls too. */
const NEWEST = 0.1;

/** Limits how many calls run at once. Further calls wait in a bounded queue, unless the wait would be longer than allowed. */
export class Bulkhead {
  private readonly semaphore: Semaphore;
  private meanMs = 0;

  constructor(
    private readonly limits: BulkheadLimits,
    private readonly clock: Clock,
  ) {
    this.semaphore = new Semaphore(clock, limits.maxConcurrent);
  }

  /** Calls that wait. */
  get queueDepth(): number {
    return this.semaphore.queueDepth;
  }

  /**
   * Runs the work as soon as there is room.
   * @param maxWaitMs the longest wait; a call that would wait longer, as the queue moves now, is rejected at once
   * @throws BulkheadFullError, the signal's reason when it aborts while the call waits, or what the work throws
   */
  async run<T>(work: () => Promise<T>, signal: AbortSignal, maxWaitMs: number): Promise<T> {
    await this.enter(signal, maxWaitMs);
    const startedAt = this.clock.now();
    try {
      return await work();
    } finally {
      const ms = this.clock.now() - startedAt;
      this.meanMs = this.meanMs === 0 ? ms : this.meanMs + (ms - this.meanMs) * NEWEST;
      this.semaphore.release();
    }
  }

  private async enter(signal: AbortSignal, maxWaitMs: number): Promise<void> {
    const { maxConcurrent, maxQueued } = this.limits;
    if (this.semaphore.taken === maxConcurrent) {
      const expectedMs = ((this.queueDepth + 1) / maxConcurrent) * this.meanMs;
      if (this.queueDepth >= maxQueued || expectedMs > maxWaitMs) throw new BulkheadFullError();
    }
    await this.semaphore.acquire(signal, maxWaitMs).catch((error: unknown) => {
      throw error instanceof SemaphoreTimeoutError ? new BulkheadFullError() : error;
    });
  }
}
