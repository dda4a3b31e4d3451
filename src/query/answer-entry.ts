import { z } from 'zod';
import type { KnownCorpus } from '../postgres/corpus-revisions.ts';
import { plainMetadata, type Answer } from './answer.ts';

/** Of a date, in epoch milliseconds (ECMA-262, Time Values and Time Range). */
const MAX_TIME = 8.64e15;

/** A healthy answer as it is remembered, with the revision of the documents it was made from. */
export const entrySchema = z.object({
  answer: z.string(),
  sources: z.array(
    z.object({
      number: z.number(),
      document_id: z.string(),
      chunk_id: z.string(),
      title: z.string().nullable(),
      url: z.string().nullable(),
      heading: z.string().nullable(),
      excerpt: z.string(),
      highlights: z.array(z.object({ start: z.int(), end: z.int() })).default([]),
      score: z.number(),
    }),
  ),
  retrieval: z.enum(['hybrid', 'vector', 'lexical']),
  chunks_retrieved: z.number(),
  target: z.string(),
  model: z.string(),
  notice: z.string().nullable().default(null),
  revision: z.number(),
  created_at: z.number().min(0).max(MAX_TIME),
});
export type Entry = z.infer<typeof entrySchema>;

/** A moment at which an entry is judged, in epoch milliseconds, and its limits in seconds. */
export interface Judgement {
  now: number;
  ttlSeconds: number;
  staleSeconds: number;
}

/** What is remembered of an answer; undefined when it is none that may be shown again. */
export function toEntry({ revision, ...answer }: Answer, now: number): Entry | undefined {
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
  };
}

/** Whether it is as good as a new answer: the documents are unchanged, and its time runs. */
export function isFresh(
  entry: Entry,
  { revision, isCertain }: Pick<KnownCorpus, 'revision' | 'isCertain'>,
  { now, ttlSeconds }: Judgement,
): boolean {
  return isCertain && entry.revision === revision && ageSeconds(entry, now) < ttlSeconds;
}

/** Whether it may be shown at all: it is fresh or not too old, and none of its documents was deleted. */
export function isShowable(entry: Entry, corpus: KnownCorpus, judgement: Judgement): boolean {
  const isYoung = ageSeconds(entry, judgement.now) < judgement.staleSeconds;
  if (!isYoung && !isFresh(entry, corpus, judgement)) return false;
  return !entry.sources.some((source) => corpus.deletedSince(source.document_id, entry.revision));
}

/** The answer again, labelled as what it is. */
export function showEntry(entry: Entry, fresh: boolean, now: number): Answer {
  const { answer, sources, retrieval, chunks_retrieved, target, model, notice, revision } = entry;
  return {
    answer,
    sources,
    revision,
    ageSeconds: Math.floor(ageSeconds(entry, now)),
    metadata: {
      ...plainMetadata,
      from_cache: true,
      cached_at: new Date(entry.created_at).toISOString(),
      stale: !fresh,
      retrieval,
      chunks_retrieved,
      chunks_used: sources.length,
      target,
      model,
      notice,
    },
  };
}

/** What another clock has dated ahead of this one is as old as it is ahead: it must not stay fresh until its day comes. */
function ageSeconds(entry: Entry, now: number): number {
  return Math.abs(now - entry.created_at) / 1_000;
}
