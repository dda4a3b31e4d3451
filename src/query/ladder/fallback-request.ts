import { DeadlineExceededError, GuardRejectedError } from '../../resilience/guard/errors.ts';
import type { FallbackReason, GenerationAttempt } from '../../models/generation.ts';
import type { Answer } from '../answer/answer.ts';
import type { NumberedPassage } from '../generation/context.ts';
import type { SearchResult } from '../retrieval/passage-search.ts';
import type { Question } from '../answer/question.ts';

/** A question that could not be answered by generation, with everything that is at hand to answer it otherwise. */
export interface FallbackRequest {
  question: Question;
  reason: FallbackReason;
  attempts: GenerationAttempt[];
  retrieval: SearchResult;
  context: NumberedPassage[];
  /** The last answer to this question, no longer fresh. */
  lastAnswer: Answer | undefined;
  /** Aborts when the time for calls is over, and when the caller has gone. */
  signal: AbortSignal;
}

/** Of a question whose passages nobody looked for. */
export const NO_RETRIEVAL: Pick<FallbackRequest, 'retrieval' | 'context'> = {
  retrieval: { mode: 'none', passages: [], degraded: false },
  context: [],
};

/** The reason when documents could not be searched at all; null when they could. */
export function retrievalFailureReason({ mode, failure }: SearchResult): FallbackReason | null {
  if (mode !== 'none') return null;
  if (failure instanceof DeadlineExceededError) return 'generation_timeout';
  if (failure instanceof GuardRejectedError) return 'circuit_breaker_open';
  return 'generation_failed';
}
