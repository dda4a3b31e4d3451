import type { Cause } from '../../telemetry/cause-of.ts';
import type { ErrorType, HoldCause, OutcomeKind } from './outcome.ts';

/** The state monitoring reads; `open` lasts until the first trial is let through. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Why nobody was let through. */
export type Rejection = 'open' | 'half_open_full' | 'forced_open' | HoldCause;

/** What a guard tells its listener. */
export type GuardEvent =
  | { type: 'attempt'; guard: string; trial: boolean }
  | {
      type: 'settled';
      guard: string;
      outcome: OutcomeKind;
      errorType: ErrorType | null;
      /** Null after a success. */
      cause: Cause | null;
      durationMs: number;
      failCount: number;
      /** The permit was given before the last change of state: it moved nothing. */
      late: boolean;
    }
  | { type: 'retry'; guard: string }
  /** It was told to forget failures, trips and waiting times. */
  | { type: 'reset'; guard: string }
  /** It is not called for a time, since the credentials that it shares were refused. */
  | { type: 'latched'; guard: string }
  | { type: 'rejected'; guard: string; rejection: Rejection }
  | { type: 'state_change'; guard: string; from: CircuitState; to: CircuitState; failCount: number };

/** Hears everything a guard does; may throw without effect. */
export type GuardListener = (event: GuardEvent) => void;
