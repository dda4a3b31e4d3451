import type { Clock } from '../time/clock.ts';
import { SlidingCounter } from '../time/sliding-counter.ts';

const WINDOW_SECONDS = 60;
const SHARE = 0.2;
/** What few calls may use all the same. */
const FLOOR = 10;

/** Limits retries to 20 % of the calls of the last 60 seconds plus 10, so that retries never overload a service. */
export class RetryBudget {
  private readonly calls: SlidingCounter;
  private readonly retries: SlidingCounter;

  constructor(clock: Clock) {
    this.calls = new SlidingCounter(clock, WINDOW_SECONDS);
    this.retries = new SlidingCounter(clock, WINDOW_SECONDS);
  }

  /** Records a call that is not a retry. */
  recordCall(): void {
    this.calls.add();
  }

  /** Takes one retry from the budget; false when it is used up. */
  tryTake(): boolean {
    if (this.retries.count + 1 > this.calls.count * SHARE + FLOOR) return false;
    this.retries.add();
    return true;
  }
}
