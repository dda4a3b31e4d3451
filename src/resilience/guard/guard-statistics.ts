import { nameCause, type Cause } from '../../telemetry/cause-of.ts';
import type { Clock } from '../time/clock.ts';
import type { ErrorType, OutcomeKind } from './outcome.ts';

/** Calls since the start by outcome. `rejected` calls were not made. */
export interface CallTotals {
  calls: number;
  successes: number;
  failures: number;
  ignored: number;
  rejected: number;
}

/** Counts calls for monitoring. No rule depends on it. */
export class GuardStatistics {
  readonly totals: CallTotals = { calls: 0, successes: 0, failures: 0, ignored: 0, rejected: 0 };
  failuresInRow = 0;
  successesInRow = 0;
  trips = 0;
  /** Epoch seconds. */
  lastSuccessTime: number | null = null;
  lastFailureTime: number | null = null;
  lastFailureKind: ErrorType | null = null;
  /** The cause of the last failure or refusal, in one word. */
  lastFailureCause: string | null = null;
  /** Whether that was the fault of a drill. */
  isLastFailureDrilled = false;

  constructor(private readonly clock: Clock) {}

  /** Successes among successes and failures; null before the first. */
  get successRate(): number | null {
    const { successes, failures } = this.totals;
    return successes + failures === 0 ? null : successes / (successes + failures);
  }

  /** The counts for monitoring. Times are epoch seconds. */
  show() {
    return {
      totals: { ...this.totals },
      success_rate: this.successRate,
      failures_in_row: this.failuresInRow,
      successes_in_row: this.successesInRow,
      /** Openings since the start. */
      trips: this.trips,
      last_failure_kind: this.lastFailureKind,
      /** What the service last failed with or refused, such as `ECONNREFUSED` or `http_401`. */
      last_failure_cause: this.lastFailureCause,
      last_failure_drilled: this.isLastFailureDrilled,
      last_success_time: this.lastSuccessTime,
    };
  }

  /** Resets runs and trips. Totals and the last failure stay. */
  forgetRuns(): void {
    this.failuresInRow = 0;
    this.successesInRow = 0;
    this.trips = 0;
  }

  /** Counts a call. @param isDrilled whether it met the fault of a drill */
  record(kind: OutcomeKind, errorType: ErrorType | null, cause: Cause | null, isDrilled: boolean): void {
    this.totals.calls++;
    if (cause && errorType !== 'cancelled') {
      this.lastFailureCause = nameCause(cause);
      this.isLastFailureDrilled = isDrilled;
    }
    if (kind === 'ignored') {
      this.totals.ignored++;
    } else if (kind === 'success') {
      this.totals.successes++;
      this.successesInRow++;
      this.failuresInRow = 0;
      this.lastSuccessTime = this.clock.wall() / 1_000;
    } else {
      this.totals.failures++;
      this.failuresInRow++;
      this.successesInRow = 0;
      this.lastFailureTime = this.clock.wall() / 1_000;
      this.lastFailureKind = errorType;
    }
  }
}
