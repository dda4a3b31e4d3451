import { FakeClock } from './fake-clock.ts';

/** A clock on which work takes time. */
export class BusyClock extends FakeClock {
  private spentMs = 0;

  /** @param callMs the milliseconds that pass between two looks at the clock */
  constructor(private readonly callMs = 0) {
    super();
  }

  override now(): number {
    this.spentMs += this.callMs;
    return super.now() + this.spentMs;
  }

  /** Lets work take `ms` milliseconds. */
  spend(ms: number): void {
    this.spentMs += ms;
  }
}
