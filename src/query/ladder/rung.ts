import type { FallbackReason, GenerationAttempt } from '../../models/generation.ts';
import { ConnectionWaitError } from '../../postgres/connection/database-errors.ts';
import { DeadlineExceededError, GuardRejectedError } from '../../resilience/guard/errors.ts';
import { BulkheadFullError } from '../../resilience/limits/bulkhead.ts';
import { unlessAborted } from '../../resilience/time/deadline.ts';
import type { Answer } from '../answer/answer.ts';
import type { Question } from '../answer/question.ts';
import type { SearchResult } from '../retrieval/passage-search.ts';
import type { RetrievedContext } from '../retrieval/retrieval.ts';
import type { SimilarLookup } from '../semantic-cache/semantic-cache.ts';

/** Injection token of the rungs, from the first to the last. */
export const LADDER_RUNGS = Symbol('LADDER_RUNGS');

/** What is at hand to answer a question without generation. */
export interface FallbackContext {
  question: Question;
  retrieved: RetrievedContext;
  /** The last answer to this question, no longer fresh. */
  lastAnswer: Answer | undefined;
  /** The lookup of answers to similar questions; undefined when it was not started. */
  similar: SimilarLookup | undefined;
}

/** A question that generation could not answer. */
export interface FallbackRequest extends FallbackContext {
  reason: FallbackReason;
  attempts: GenerationAttempt[];
  /** Aborts when the time for the rungs' calls is over, and when the caller has gone. */
  signal: AbortSignal;
}

/** One way of answering without generation. */
export interface Rung {
  /** The name in `fallback_source`, metrics and logs. */
  readonly source: string;
  /** Whether its answers were generated earlier. */
  readonly isCache: boolean;
  /** Returns an answer, or undefined without one. Its calls end when the request's signal aborts. */
  answer(request: FallbackRequest): Answer | undefined | Promise<Answer | undefined>;
}

/** What a user is told first: why no model answered. */
export function sayReason(reason: FallbackReason): string {
  return reason === 'content_refused'
    ? 'The assistant declined to answer this question'
    : 'The assistant is temporarily unavailable';
}

/**
 * Runs a rung. A rung that makes no calls runs even when the time is over.
 * @throws what the rung throws, or the signal's reason
 */
export async function tryRung(rung: Rung, request: FallbackRequest): Promise<Answer | undefined> {
  const given = rung.answer(request);
  return given instanceof Promise ? unlessAborted(given, request.signal) : given;
}

/** Why the documents could not be searched at all; null when they could. */
export function retrievalFailureReason({ mode, failure }: SearchResult): FallbackReason | null {
  if (mode !== 'none') return null;
  if (failure instanceof BulkheadFullError || failure instanceof ConnectionWaitError) return 'overloaded';
  if (failure instanceof DeadlineExceededError) return 'generation_timeout';
  if (failure instanceof GuardRejectedError) return 'circuit_breaker_open';
  return 'generation_failed';
}
