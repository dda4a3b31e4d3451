/** Calls per hedge. Lowering it allows more hedges and more load on the targets. */
const CALLS_PER_HEDGE = 10;
/** The most hedges saved up, for a fast target that suddenly hangs more than once. */
const MAX_SAVED = 3;

/** Limits hedges of healthy targets to one per ten calls, with three at the start. */
export class HedgeBudget {
  private saved = MAX_SAVED * CALLS_PER_HEDGE;

  recordCall(): void {
    this.saved = Math.min(this.saved + 1, MAX_SAVED * CALLS_PER_HEDGE);
  }

  /** Takes one hedge from the budget; false when it is used up. */
  tryTake(): boolean {
    if (this.saved < CALLS_PER_HEDGE) return false;
    this.saved -= CALLS_PER_HEDGE;
    return true;
  }
}
