import { LRUCache } from 'lru-cache';
import type { Clock } from '../time/clock.ts';

/** How many attempts may fail in a window, and how many callers are counted. */
export interface AttemptLimits {
  maxFailures: number;
  windowMs: number;
  /** Raised, more memory is taken; beyond it, the caller who failed longest ago is forgotten. */
  maxCallers: number;
}

/** Blocks a caller whose attempts failed too often, until the window that began with the first failure is over. */
export class AttemptLimiter {
  private readonly callers: LRUCache<string, { failures: number; endsAt: number }>;

  constructor(
    private readonly limits: AttemptLimits,
    private readonly clock: Clock,
  ) {
    this.callers = new LRUCache({ max: limits.maxCallers });
  }

  /** Milliseconds for which the caller is blocked; 0 when it is not. */
  blockedMs(caller: string): number {
    const seen = this.callers.get(caller);
    if (!seen || seen.failures < this.limits.maxFailures) return 0;
    return Math.max(0, seen.endsAt - this.clock.now());
  }

  /** Records a failed attempt. */
  recordFailure(caller: string): void {
    const now = this.clock.now();
    const seen = this.callers.get(caller);
    const current = seen && seen.endsAt > now ? seen : { failures: 0, endsAt: now + this.limits.windowMs };
    this.callers.set(caller, { ...current, failures: current.failures + 1 });
  }
}
