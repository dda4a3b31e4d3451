import type { CircuitState } from './guard-events.ts';
import type { CallTotals } from './guard-statistics.ts';
import type { ErrorType } from './outcome.ts';

/** What holds beside the circuit's own state. */
export type GuardMode = 'auto' | 'forced_open' | 'forced_closed' | 'disabled' | 'observe';

/** What a guard shows to monitoring. Times are epoch seconds, durations seconds. */
export interface GuardSnapshot {
  name: string;
  state: CircuitState;
  fail_count: number;
  last_failure_time: number | null;
  is_healthy: boolean;
  enabled: boolean;
  mode: GuardMode;
  /** Until a forced mode ends by itself; null in every other. */
  mode_ends_in: number | null;
  /** Open time left; null unless open. */
  retry_after: number | null;
  /** Why calls are refused although the circuit may be closed, and for how long. */
  hold: { cause: string; ends_in: number } | null;
  strategy: string;
  window: { calls: number; failures: number };
  totals: CallTotals;
  success_rate: number | null;
  failures_in_row: number;
  successes_in_row: number;
  /** Openings since the start, and those that lengthen the next one. */
  trips: number;
  trips_remembered: number;
  half_open_trials: number;
  last_failure_kind: ErrorType | null;
  last_success_time: number | null;
  /** Whether the other instances report this circuit open; null when there are none. */
  peers_advise_open: boolean | null;
}
