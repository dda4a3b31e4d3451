import { z } from 'zod';
import { MAX_EXCERPT_CHARS } from '../../config/env.ts';
import type { FallbackReason, FinishReason, GenerationAttempt, TokenUsage } from '../../models/generation.ts';
import type { Timings } from './timings.ts';

/** How a caller may search. */
export const searchModeSchema = z.enum(['hybrid', 'vector', 'lexical']);
export type SearchMode = z.infer<typeof searchModeSchema>;

/** How passages were found; `none` when no search worked. */
export type RetrievalMode = SearchMode | 'none';

/** A passage given to the model, or quoted as an excerpt, by its number in the answer. */
export const sourceSchema = z.object({
  number: z.number(),
  document_id: z.string(),
  chunk_id: z.string(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  heading: z.string().nullable(),
  excerpt: z.string(),
  /** Where the question's terms stand in `excerpt`: from `start` up to `end`, in UTF-16 units. */
  highlights: z
    .array(z.object({ start: z.int(), end: z.int() }))
    .max(MAX_EXCERPT_CHARS)
    .default([]),
  score: z.number(),
});
export type Source = z.infer<typeof sourceSchema>;

/** Where the answer to a deferred question will be. */
export interface Deferral {
  id: string;
  url: string;
}

/** The question of a conversation as it is searched for, and who made it out of what was asked; by nobody when it was left as it is. */
export const condensedSchema = z.object({ by: z.enum(['model', 'rule', 'none']), question: z.string() });
export type Condensed = z.infer<typeof condensedSchema>;

/** The metadata of an answer. The request's id and duration are added in the response. */
export interface AnswerMetadata {
  from_fallback: boolean;
  /** The rung that answered. */
  fallback_source: string | null;
  fallback_reason: FallbackReason | `${FallbackReason}_no_cache` | null;
  from_cache: boolean;
  cached_at: string | null;
  stale: boolean;
  retrieval: RetrievalMode;
  /** Whether a reranker ordered the passages; null where none is configured or nothing was found. */
  reranked: boolean | null;
  chunks_retrieved: number;
  chunks_used: number;
  excerpts_returned: number;
  no_context: boolean;
  matched_question: string | null;
  /** Null for a question outside of a conversation. */
  condensed: Condensed | null;
  target: string | null;
  model: string | null;
  /** Null where no model wrote the answer. */
  finish_reason: FinishReason | null;
  notice: string | null;
  attempts: GenerationAttempt[];
  deferred: Deferral | null;
  /** The guards whose drills the question met; null for none. */
  drill: string[] | null;
}

/** An answer with its passages. */
export interface Answer {
  answer: string;
  sources: Source[];
  metadata: AnswerMetadata;
  /** The revision of the documents that the answer was made from. */
  revision?: number | undefined;
  /** The age of a cached answer in seconds. */
  ageSeconds?: number;
  /** Whether the answer was stored in the cache. */
  isStored?: boolean;
  /** What the model's service counted; undefined where it does not tell, and for an answer that was not generated now. */
  usage?: TokenUsage | undefined;
  /** The durations of its steps. */
  timings?: Timings;
}

/** The metadata of a plain answer: nothing cached, degraded or generated. */
export const plainMetadata: AnswerMetadata = {
  from_fallback: false,
  fallback_source: null,
  fallback_reason: null,
  from_cache: false,
  cached_at: null,
  stale: false,
  retrieval: 'none',
  reranked: null,
  chunks_retrieved: 0,
  chunks_used: 0,
  excerpts_returned: 0,
  no_context: false,
  matched_question: null,
  condensed: null,
  target: null,
  model: null,
  finish_reason: null,
  notice: null,
  attempts: [],
  deferred: null,
  drill: null,
};

/** The answer with the drills that were met on its way. */
export function tellDrills(answer: Answer, drills: ReadonlySet<string>): Answer {
  const drill = drills.size > 0 ? [...drills] : null;
  return { ...answer, metadata: { ...answer.metadata, drill } };
}
