import type { CircuitState } from './guard-events.ts';
import type { CallTotals } from './guard-statistics.ts';
import type { ErrorType } from './outcome.ts';

/** The operator's override of a guard, or `auto` without one. */
export type GuardMode = 'auto' | 'forced_open' | 'forced_closed' | 'disabled' | 'observe';

/** The state of a guard, as monitoring sees it. Times are epoch seconds, durations are seconds. */
export interface GuardSnapshot {
  name: string;
  state: CircuitState;
  fail_count: number;
  last_failure_time: number | null;
  is_healthy: boolean;
  enabled: boolean;
  mode: GuardMode;
  /** Until a forced mode expires; null in every other mode. */
  mode_ends_in: number | null;
  /** Until trials are admitted; null unless the circuit is open. */
  retry_after: number | null;
  /** Why calls are rejected although the circuit may be closed, and for how long; null without a hold. */
  hold: { cause: string; ends_in: number } | null;
  strategy: string;
  window: { calls: number; failures: number };
  totals: CallTotals;
  success_rate: number | null;
  failures_in_row: number;
  successes_in_row: number;
  /** Openings since the start; `consecutive_trips` counts those that lengthen the next break. */
  trips: number;
  consecutive_trips: number;
  half_open_trials: number;
  last_failure_kind: ErrorType | null;
  last_success_time: number | null;
  /** Whether the other instances report this circuit open; null when there are none. */
  peers_open: boolean | null;
}
