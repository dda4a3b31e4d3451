/** What a settled permit reports to the circuit breaker. */
export type OutcomeKind = 'success' | 'failure' | 'ignored';

/** A bounded set of causes: used as a metric label and in logs, so never free text. */
export type ErrorType =
  | 'cancelled'
  | 'rejected'
  | 'timeout'
  | 'network'
  | 'http_error'
  | 'loading'
  | 'rate_limited'
  | 'invalid_request'
  | 'credentials'
  | 'not_found'
  | 'bad_response'
  | 'database'
  | 'transaction_conflict'
  | 'bug';

/**
 * The judgement of one failed call: a row of the outcome classification.
 * `holdMs` keeps the guard from calling again for that long, whatever its state (a `Retry-After`, bad credentials).
 */
export interface Verdict {
  outcome: 'failure' | 'ignored';
  errorType: ErrorType;
  /** May the same target be asked again: never, only if no token came yet, or yes. */
  retry: 'never' | 'before_token' | 'yes';
  /** May another target cure it? */
  nextTarget: boolean;
  hold?: { cause: HoldCause; ms: number };
}

/** Why a guard admits nobody although its circuit may be closed. */
export type HoldCause = 'throttled' | 'loading' | 'latched';

/** Judges a thrown value; pure. */
export type Classify = (error: unknown) => Verdict;
