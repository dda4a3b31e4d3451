/** One hedge for so many calls. */
const CALLS_PER_HEDGE = 10;
/** Hedges that may be saved up: a target that was quick for long may hang more than once. */
const MAX_SAVED = 3;

/** Bounds the hedges of healthy targets: one for every ten calls, and three at the start. */
export class HedgeBudget {
  private saved = MAX_SAVED * CALLS_PER_HEDGE;

  recordCall(): void {
    this.saved = Math.min(this.saved + 1, MAX_SAVED * CALLS_PER_HEDGE);
  }

  /** Whether a call may be hedged; if so it is counted. */
  tryTake(): boolean {
    if (this.saved < CALLS_PER_HEDGE) return false;
    this.saved -= CALLS_PER_HEDGE;
    return true;
  }
}
