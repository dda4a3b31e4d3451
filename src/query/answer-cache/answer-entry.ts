import { z } from 'zod';
import type { KnownCorpus } from '../../postgres/corpus/corpus-revision-cache.ts';
import { plainMetadata, type Answer } from '../answer/answer.ts';
import { EXCERPT_MAX_CHARS } from '../generation/context.ts';
import { MAX_TOP_K } from '../answer/question.ts';

/** Of a date, in epoch milliseconds (ECMA-262, Time Values and Time Range). */
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

/** A healthy answer as it is remembered, with the revision of the documents it was made from. */
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
  /** Of the prompt and the targets it was made with; earlier versions did not note it. */
  fingerprint: z.string().default(''),
});
export type AnswerEntry = z.infer<typeof answerEntrySchema>;

/** When an answer was made, in epoch milliseconds, the revision of the documents it was made from, and with what it was made. */
export type Origin = Pick<AnswerEntry, 'revision' | 'created_at' | 'fingerprint'>;

/** A moment at which an entry is judged, in epoch milliseconds, its limits in seconds, and the fingerprint of new answers. */
export interface FreshnessPolicy {
  now: number;
  fingerprint: string;
  ttlSeconds: number;
  staleSeconds: number;
}

/** What is remembered of an answer; undefined when it is none that may be shown again. */
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

/** Whether it is as good as a new answer: the documents, the prompt and the targets are unchanged, and its time runs. */
export function isFresh(
  origin: Origin,
  { revision, isCertain }: Pick<KnownCorpus, 'revision' | 'isCertain'>,
  { now, ttlSeconds, fingerprint }: FreshnessPolicy,
): boolean {
  const isSame = origin.revision === revision && origin.fingerprint === fingerprint;
  return isCertain && isSame && ageSeconds(origin, now) < ttlSeconds;
}

/** Whether it may be shown at all: it is fresh or not too old, and none of its documents was deleted. */
export function isServable(entry: AnswerEntry, corpus: KnownCorpus, judgement: FreshnessPolicy): boolean {
  const isYoung = ageSeconds(entry, judgement.now) < judgement.staleSeconds;
  if (!isYoung && !isFresh(entry, corpus, judgement)) return false;
  return !entry.sources.some((source) => corpus.deletedSince(source.document_id, entry.revision));
}

/** The answer again, labelled as what it is. */
export function toAnswer(entry: AnswerEntry, fresh: boolean, now: number): Answer {
  const { answer, sources, retrieval, chunks_retrieved, target, model, notice, revision } = entry;
  const age = describeAge(entry, fresh, now);
  return {
    answer,
    sources,
    revision,
    ageSeconds: age.seconds,
    metadata: {
      ...plainMetadata,
      from_cache: true,
      ...age.labels,
      retrieval,
      chunks_retrieved,
      chunks_used: sources.length,
      target,
      model,
      notice,
    },
  };
}

/** How old an answer is in whole seconds, and what its metadata says of that. */
export function describeAge(origin: Pick<Origin, 'created_at'>, fresh: boolean, now: number) {
  const labels = { cached_at: new Date(origin.created_at).toISOString(), stale: !fresh };
  return { seconds: Math.floor(ageSeconds(origin, now)), labels };
}

/** What another clock has dated ahead of this one is as old as it is ahead: it must not stay fresh until its day comes. */
function ageSeconds(origin: Pick<Origin, 'created_at'>, now: number): number {
  return Math.abs(now - origin.created_at) / 1_000;
}
