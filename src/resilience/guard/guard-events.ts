import type { Cause } from '../../telemetry/cause-of.ts';
import type { Drill, DrillEnd, DrillFault, DrillView } from '../drills/drill.ts';
import type { ErrorType, HoldCause, OutcomeKind } from './outcome.ts';

/** The state of a circuit. `open` lasts until the first trial is admitted. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** The operator's override of a guard, or `auto` without one. */
export type GuardMode = 'auto' | 'forced_open' | 'forced_closed' | 'disabled' | 'observe';

/** Why a call was rejected. */
export type Rejection = 'open' | 'half_open_full' | 'forced_open' | HoldCause;

/** An event of a guard. */
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
      /** The permit was from an earlier epoch, so the outcome changed nothing. */
      late: boolean;
      /** The call met the fault of a drill. */
      isDrilled: boolean;
    }
  | { type: 'retry'; guard: string }
  /** An operator reset failures, trips and holds. */
  | { type: 'reset'; guard: string }
  /** The guard is held because another target with the same key was refused. */
  | { type: 'latched'; guard: string }
  /** A probe has shown that a held target works again. */
  | { type: 'hold_ended'; guard: string }
  /** The service was found to need something beyond its configuration: as text, to be stored. */
  | { type: 'learnt'; guard: string; needs: string }
  /** The target refuses different questions for one cause. */
  | { type: 'refusing'; guard: string; cause: string }
  /** A drill began, here or on another instance. */
  | { type: 'drill_begun'; guard: string; drill: Drill; leftMs: number }
  | { type: 'drill_ended'; guard: string; drill: DrillView; how: DrillEnd }
  /** A call met the fault of a drill. */
  | { type: 'drill_met'; guard: string; fault: DrillFault }
  | { type: 'rejected'; guard: string; rejection: Rejection }
  | { type: 'state_change'; guard: string; from: CircuitState; to: CircuitState; failCount: number };

/** Receives every event of a guard. An error of the listener has no effect. */
export type GuardListener = (event: GuardEvent) => void;
