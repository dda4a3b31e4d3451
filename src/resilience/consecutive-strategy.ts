import type { IBreaker } from 'cockatiel';
import type { Clock } from './clock.ts';

/** A trip strategy that can say how many failures count at present. */
export interface TripStrategy extends IBreaker {
  readonly failCount: number;
}

/** Trips after `threshold` failures in a row; those older than `windowMs` are forgotten. */
export class ConsecutiveStrategy implements TripStrategy {
  private failures: number[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly settings: { failThreshold: number; failureWindowMs: number },
  ) {}

  get state(): unknown {
    return this.failures;
  }

  get failCount(): number {
    const since = this.clock.now() - this.settings.failureWindowMs;
    return this.failures.reduce((count, at) => (at > since ? count + 1 : count), 0);
  }

  success(): void {
    this.failures = [];
  }

  failure(): boolean {
    this.failures.push(this.clock.now());
    // Only the newest `failThreshold` can matter, so the list stays that short.
    this.failures = this.failures.slice(-this.settings.failThreshold);
    return this.failCount >= this.settings.failThreshold;
  }
}
