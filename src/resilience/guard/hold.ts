import { ExpiringValue } from '../time/expiring-value.ts';
import type { Clock } from '../time/clock.ts';
import type { HoldCause, Verdict } from './outcome.ts';

/** The longest pause that a target may ask for. */
export const MAX_HOLD_MS = 300_000;

/** A pause in which a guard makes no calls: the service asked for it, or its operator has something to correct. */
export class Hold extends ExpiringValue<HoldCause> {
  private isDrilled = false;

  /** @param onEnd called when a hold is ended before its time */
  constructor(
    clock: Clock,
    private readonly onEnd: () => void,
  ) {
    super(clock);
  }

  /** Begins a hold of `ms` milliseconds, at most five minutes. @param isDrilled whether a drill asked for it */
  override set(cause: HoldCause, ms: number, isDrilled = false): void {
    this.isDrilled = isDrilled;
    super.set(cause, Math.min(ms, MAX_HOLD_MS));
  }

  /** Ends the hold, because a probe has shown that the service works again. */
  end(): void {
    if (this.current === undefined) return;
    this.clear();
    this.onEnd();
  }

  /** Ends a hold that only a drill asked for. */
  endDrilled(): void {
    if (this.isDrilled) this.end();
  }

  /** Prolongs a hold for which a probe has found a reason again. Without a hold it has no effect. */
  prolong({ cause, ms }: NonNullable<Verdict['hold']>): void {
    if (this.current !== undefined) this.set(cause, Math.max(ms, this.leftMs), this.isDrilled);
  }
}
