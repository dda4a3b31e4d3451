import { z } from 'zod';
import { EXCERPT_MAX_CHARS, type Answer } from './answer.ts';
import { MAX_TOP_K } from './question.ts';

/** The latest date in epoch milliseconds (ECMA-262, Time Values and Time Range). */
const MAX_TIME = 8.64e15;

/** When an answer was made, in epoch milliseconds. */
export const creationTime = z.number().min(0).max(MAX_TIME);

const highlightSchema = z.object({ start: z.int(), end: z.int() });
const sourceSchema = z.object({
  number: z.number(),
  document_id: z.string(),
  chunk_id: z.string(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  heading: z.string().nullable(),
  excerpt: z.string(),
  highlights: z.array(highlightSchema).max(EXCERPT_MAX_CHARS).default([]),
  score: z.number(),
});

/** A stored answer, with the revision of the documents that it was made from. */
export const answerEntrySchema = z.object({
  answer: z.string(),
  sources: z.array(sourceSchema).max(MAX_TOP_K),
  retrieval: z.enum(['hybrid', 'vector', 'lexical']),
  chunks_retrieved: z.number(),
  target: z.string(),
  model: z.string(),
  notice: z.string().nullable().default(null),
  revision: z.number(),
  created_at: creationTime,
  /** Of the prompt and the targets that made the answer; empty in entries of earlier versions. */
  fingerprint: z.string().default(''),
});
export type AnswerEntry = z.infer<typeof answerEntrySchema>;

/** When an answer was made, in epoch milliseconds, from which revision of the documents, and with which prompt and targets. */
export type Origin = Pick<AnswerEntry, 'revision' | 'created_at' | 'fingerprint'>;

/** The entry to store for an answer; undefined when the answer must not be served again. */
export function toEntry(
  { revision, ...answer }: Answer,
  now: number,
  fingerprint: string,
): AnswerEntry | undefined {
  const { retrieval, target, model, notice, chunks_retrieved } = answer.metadata;
  if (revision === undefined || retrieval === 'none' || target === null || model === null) return undefined;
  const { sources } = answer;
  return {
    answer: answer.answer,
    sources,
    retrieval,
    chunks_retrieved,
    target,
    model,
    notice,
    revision,
    created_at: now,
    fingerprint,
  };
}
