import { z } from 'zod';
import { condensedSchema, searchModeSchema, sourceSchema, type Answer } from './answer.ts';
import { MAX_TOP_K } from './question.ts';

/** The latest date in epoch milliseconds (ECMA-262, Time Values and Time Range). */
const MAX_TIME = 8.64e15;

/** When an answer was made, in epoch milliseconds. */
export const creationTime = z.number().min(0).max(MAX_TIME);

/** A stored answer, with the revision of the documents that it was made from. */
export const answerEntrySchema = z.object({
  answer: z.string(),
  sources: z.array(sourceSchema).max(MAX_TOP_K),
  retrieval: searchModeSchema,
  reranked: z.boolean().nullable().default(null),
  chunks_retrieved: z.number(),
  target: z.string(),
  model: z.string(),
  notice: z.string().nullable().default(null),
  revision: z.number(),
  created_at: creationTime,
  /** Of an answer that is for its own conversation alone. */
  condensed: condensedSchema.nullable().default(null),
  /** Of the prompt and the targets that made the answer; empty in entries of earlier versions. */
  fingerprint: z.string().default(''),
});
export type AnswerEntry = z.infer<typeof answerEntrySchema>;

/** The documents of sources or passages, each once. */
export function documentsOf(parts: readonly { document_id: string }[]): string[] {
  return [...new Set(parts.map((part) => part.document_id))];
}

/** When an answer was made, in epoch milliseconds, from which revision of the documents, and with which prompt and targets. */
export type Origin = Pick<AnswerEntry, 'revision' | 'created_at' | 'fingerprint'>;

/** The entry to store for an answer; undefined when the answer must not be served again. */
export function toEntry(
  { answer, sources, revision, metadata }: Answer,
  now: number,
  fingerprint: string,
): AnswerEntry | undefined {
  const { retrieval, reranked, target, model, notice, chunks_retrieved, condensed } = metadata;
  if (revision === undefined || retrieval === 'none' || target === null || model === null) return undefined;
  const origin = { revision, created_at: now, fingerprint };
  const made = { retrieval, reranked, chunks_retrieved, target, model, notice, condensed };
  return { answer, sources, ...made, ...origin };
}
