import { DeadlineExceededError, GuardRejectedError } from '../../resilience/guard/errors.ts';
import type { FallbackReason, GenerationAttempt } from '../../models/generation.ts';
import type { Answer } from '../answer/answer.ts';
import type { Question } from '../answer/question.ts';
import type { SearchResult } from '../retrieval/passage-search.ts';
import type { RetrievedContext } from '../retrieval/retrieval.ts';
import type { SimilarLookup } from '../semantic-cache/semantic-cache.ts';

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

/** Why the documents could not be searched at all; null when they could. */
export function retrievalFailureReason({ mode, failure }: SearchResult): FallbackReason | null {
  if (mode !== 'none') return null;
  if (failure instanceof DeadlineExceededError) return 'generation_timeout';
  if (failure instanceof GuardRejectedError) return 'circuit_breaker_open';
  return 'generation_failed';
}
