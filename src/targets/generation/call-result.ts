import { AttemptTimeoutError, GuardRejectedError } from '../../resilience/guard/errors.ts';
import type { Rejection } from '../../resilience/guard/guard-events.ts';
import type { Classify, ErrorType, Verdict } from '../../resilience/guard/outcome.ts';
import { causeOf, nameCause } from '../../telemetry/cause-of.ts';
import type { FallbackReason, Generation, GenerationAttempt } from '../../models/generation.ts';

/** How a call to a target ended without an answer. */
export interface CallFailure {
  ok: false;
  outcome: GenerationAttempt['outcome'];
  reason: FallbackReason;
  /** Whether another target may succeed. */
  nextTarget: boolean;
  /** Whether the target was called. False when its guard rejected. */
  called: boolean;
  retry: Verdict['retry'];
  /** The pause that the target asked for, in milliseconds. */
  holdMs: number;
  /** Whether the target refused its key, which other targets may share. */
  badCredentials: boolean;
  /** Whether the target works and gave no answer to this question. */
  isOfQuestion?: boolean;
  /** What the target complained of in the request; undefined when it did not refuse one. */
  refusal?: string | undefined;
  /** The request was longer than the target's context: of how many tokens, where it told. */
  tooLong?: Verdict['tooLong'];
}

/** How a call to a target ended. */
export type CallResult = { ok: true; generation: Generation } | CallFailure;

/** The result of a call that lost to a hedge. */
export const LOST_TO_HEDGE: CallFailure = {
  ok: false,
  outcome: 'aborted',
  reason: 'generation_timeout',
  nextTarget: true,
  called: true,
  retry: 'yes',
  holdMs: 0,
  badCredentials: false,
};

/** What a target may refuse every question for, by mistake or because of its policy. */
const REFUSALS = new Set<ErrorType>(['invalid_request', 'content_refused']);
const OF_QUESTION = new Set<ErrorType>(['invalid_request', 'content_refused', 'no_answer']);

/** What a guarded call's error means. An abort of the question's `signal` is not the target's failure. */
export function toCallFailure(error: unknown, classify: Classify, signal: AbortSignal): CallFailure {
  if (!signal.aborted && error instanceof GuardRejectedError) return toRejectedCall(error);
  const verdict = classify(error);
  const { nextTarget, retry, hold } = verdict;
  const badCredentials = verdict.errorType === 'credentials';
  const refusal = REFUSALS.has(verdict.errorType) ? nameRefusal(error) : undefined;
  const advice = {
    nextTarget,
    retry,
    holdMs: hold?.ms ?? 0,
    badCredentials,
    isOfQuestion: OF_QUESTION.has(verdict.errorType),
    refusal,
    tooLong: verdict.tooLong,
  };
  const failure = { ok: false, called: true, ...advice } as const;
  if (signal.aborted)
    return { ...failure, outcome: 'timeout', reason: 'generation_timeout', nextTarget: false };
  if (error instanceof AttemptTimeoutError)
    return { ...failure, outcome: 'timeout', reason: 'generation_timeout' };
  if (verdict.errorType === 'rate_limited')
    return { ...failure, outcome: 'throttled', reason: 'rate_limited' };
  const isRefused = verdict.errorType === 'content_refused';
  return {
    ...failure,
    outcome: verdict.outcome,
    reason: isRefused ? 'content_refused' : 'generation_failed',
  };
}

/** The cause of a refused request; undefined for an answer that is a refusal, which says that the target works. */
function nameRefusal(error: unknown): string | undefined {
  const cause = causeOf(error);
  return cause.http_status === undefined ? undefined : nameCause(cause);
}

function toRejectedCall({ rejection }: GuardRejectedError): CallFailure {
  return {
    ok: false,
    outcome: rejectionOutcome(rejection),
    reason: rejectionReason(rejection),
    nextTarget: true,
    called: false,
    retry: 'never',
    holdMs: 0,
    badCredentials: false,
  };
}

/** The outcome of a call that a guard rejected. */
export function rejectionOutcome(rejection: Rejection): GenerationAttempt['outcome'] {
  return rejection === 'throttled' ? 'throttled' : 'rejected';
}

/** The fallback reason when a guard rejected. */
export function rejectionReason(rejection: Rejection): FallbackReason {
  if (rejection === 'throttled') return 'rate_limited';
  return rejection === 'loading' || rejection === 'latched' ? 'generation_failed' : 'circuit_breaker_open';
}
