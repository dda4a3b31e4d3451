import type { Clock } from '../time/clock.ts';
import { SlidingCounter } from '../time/sliding-counter.ts';

const WINDOW_SECONDS = 60;
const SHARE = 0.2;
/** What few calls may use all the same. */
const FLOOR = 10;

/** Bounds the calls made again by those made first: 20 % of the last 60 seconds' plus 10, so that retries never are a load of their own. */
export class RetryBudget {
  private readonly calls: SlidingCounter;
  private readonly retries: SlidingCounter;

  constructor(clock: Clock) {
    this.calls = new SlidingCounter(clock, WINDOW_SECONDS);
    this.retries = new SlidingCounter(clock, WINDOW_SECONDS);
  }

  /** Notes a call that is not made again. */
  recordCall(): void {
    this.calls.add();
  }

  /** Whether a call may be made again now; if so it is counted. */
  tryTake(): boolean {
    if (this.retries.count + 1 > this.calls.count * SHARE + FLOOR) return false;
    this.retries.add();
    return true;
  }
}
