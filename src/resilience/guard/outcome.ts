/** The outcome of a call for the circuit. */
export type OutcomeKind = 'success' | 'failure' | 'ignored';

/** The kind of a failure. A bounded set, because it is a metric label. */
export const ERROR_TYPES = [
  'cancelled',
  'rejected',
  'timeout',
  'network',
  'http_error',
  'loading',
  'rate_limited',
  'invalid_request',
  'content_refused',
  'no_answer',
  'credentials',
  'not_found',
  'bad_response',
  'database',
  'transaction_conflict',
  'bug',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

/**
 * What one failed call means: a row of the outcome classification.
 * `hold` keeps the guard from calling for that long, whatever its state (a `Retry-After`, a refused key).
 */
export interface Verdict {
  outcome: 'failure' | 'ignored';
  errorType: ErrorType;
  /** Whether the same target may be retried. One that timed out is not asked again for the same question. */
  retry: 'never' | 'yes';
  /** Whether another target may succeed. */
  nextTarget: boolean;
  hold?: { cause: HoldCause; ms: number };
  /** The request is longer than the model's context: of how many tokens, where the service told. */
  tooLong?: { limit: number | undefined };
}

/** Why a guard rejects calls although its circuit may be closed. */
export type HoldCause = 'throttled' | 'loading' | 'latched';

/** Says what a thrown value means. Pure. */
export type Classify = (error: unknown) => Verdict;
