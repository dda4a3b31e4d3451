import { z } from 'zod';
import { MAX_EXCERPT_CHARS } from '../../config/env.ts';
import {
  ATTEMPT_OUTCOMES,
  FALLBACK_REASONS,
  FINISH_REASONS,
  type TokenUsage,
} from '../../models/generation.ts';
import type { DrillTrace } from '../../resilience/drills/drill-trace.ts';
import type { Timings } from './timings.ts';

/** How a caller may search. */
export const searchModeSchema = z.enum(['hybrid', 'vector', 'lexical']);
export type SearchMode = z.infer<typeof searchModeSchema>;

/** How passages were found; `none` when no search worked. */
export const retrievalModeSchema = z.enum([...searchModeSchema.options, 'none']);
export type RetrievalMode = z.infer<typeof retrievalModeSchema>;

/** A passage given to the model, or quoted as an excerpt, by its number in the answer. */
export const sourceSchema = z.object({
  number: z.number().describe('The number that the answer cites'),
  document_id: z.string(),
  chunk_id: z.string().describe('The chunk of the document, for `GET /passages/{chunk_id}`'),
  title: z.string().nullable(),
  url: z.string().nullable().describe('As stored with the document'),
  heading: z.string().nullable().describe('The path of headings above the chunk'),
  excerpt: z.string().describe('The part of the passage that fits the question best'),
  highlights: z
    .array(z.object({ start: z.int(), end: z.int() }))
    .max(MAX_EXCERPT_CHARS)
    .default([])
    .describe("Where the question's terms stand in `excerpt`: from `start` up to `end`, in UTF-16 units"),
  score: z.number().describe('How well the passage fits, from 0 to 1'),
});
export type Source = z.infer<typeof sourceSchema>;

/** Where the answer to a deferred question will be. */
export const deferralSchema = z.object({
  id: z.string(),
  url: z.string().describe('Relative to the URL of the request, or below `PUBLIC_URL`'),
});
export type Deferral = z.infer<typeof deferralSchema>;

/** The question of a conversation as it is searched for, and who made it out of what was asked; by nobody when it was left as it is. */
export const condensedSchema = z.object({ by: z.enum(['model', 'rule', 'none']), question: z.string() });
export type Condensed = z.infer<typeof condensedSchema>;

/** Why no model answered. `_no_cache` is appended where the answer is none that was generated before. */
const fallbackReasonSchema = z.enum([
  ...FALLBACK_REASONS,
  ...FALLBACK_REASONS.map((reason) => `${reason}_no_cache` as const),
]);

/** The metadata of an answer. The request's id and duration are added in the response. */
export const answerMetadataSchema = z.object({
  from_fallback: z.boolean().describe('Whether a rung of the fallback ladder answered, and no model'),
  fallback_source: z.string().nullable().describe('The rung that answered'),
  fallback_reason: fallbackReasonSchema.nullable().describe('Why no model answered'),
  from_cache: z.boolean().describe('Whether the answer came out of a cache, fresh or stale'),
  cached_at: z.string().nullable().describe('When a cached answer was made, in ISO 8601'),
  stale: z.boolean().describe('Whether a cached answer is no longer fresh'),
  retrieval: retrievalModeSchema.describe('How passages were found'),
  reranked: z
    .boolean()
    .nullable()
    .describe('Whether a reranker ordered the passages; null where none is configured or nothing was found'),
  chunks_retrieved: z.number().describe('Passages that were found'),
  chunks_used: z.number().describe('Passages that were given to the model or quoted'),
  excerpts_returned: z.number().describe('Excerpts in the answer'),
  no_context: z.boolean().describe('Whether no document matches the question'),
  matched_question: z.string().nullable().describe('The question that was answered instead'),
  condensed: condensedSchema.nullable().describe('Null for a question outside of a conversation'),
  target: z.string().nullable().describe('The generation target that made the answer'),
  model: z.string().nullable().describe('Its model'),
  finish_reason: z.enum(FINISH_REASONS).nullable().describe('Null where no model wrote the answer'),
  notice: z.string().nullable().describe('A sentence for the user when the answer is less than usual'),
  attempts: z
    .array(z.object({ target: z.string(), outcome: z.enum(ATTEMPT_OUTCOMES), duration_ms: z.number() }))
    .describe('Every call to a generation target'),
  deferred: deferralSchema.nullable().describe('Where the deferred answer will be'),
  drill: z.array(z.string()).nullable().describe('The guards whose drills the question met'),
});
export type AnswerMetadata = z.infer<typeof answerMetadataSchema>;

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
export function tellDrills(answer: Answer, drills: DrillTrace): Answer {
  return { ...answer, metadata: { ...answer.metadata, drill: drills.guards } };
}
