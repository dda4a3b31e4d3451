import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Cache } from '../../cache/cache.ts';
import { Caches } from '../../cache/caches.ts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import type { Passage } from '../../postgres/search/search.repository.ts';
import { searchModeSchema, sourceSchema } from '../answer/answer.ts';
import { documentsOf } from '../answer/answer-entry.ts';
import { questionKey, type Question } from '../answer/question.ts';
import type { Timings } from '../answer/timings.ts';
import { buildContext, hasRoom, type ContextLimits, type NumberedPassage } from './context.ts';
import { removeNearDuplicates } from './near-duplicates.ts';
import { PassageSearch, type SearchResult } from './passage-search.ts';
import { Reranking, type RankedPassages } from './reranking.ts';

/** What was found for a question, and the passages of it that fit into a prompt. */
export interface RetrievedContext extends SearchResult, Pick<RankedPassages, 'reranked'> {
  /** Without near duplicates, best first, numbered from 1. */
  context: NumberedPassage[];
}

/** Of a question for which nothing was searched. */
export const NO_RETRIEVAL: RetrievedContext = {
  mode: 'none',
  passages: [],
  degraded: false,
  reranked: null,
  context: [],
};

const passageSchema: z.ZodType<Passage> = sourceSchema
  .omit({ number: true, excerpt: true, highlights: true })
  .extend({ text: z.string(), tokens: z.number(), ordinal: z.int() });
const cachedSchema = z.object({
  mode: searchModeSchema,
  passages: z.array(passageSchema),
  reranked: z.literal(true).nullable().default(null),
});

/** Tokens of passages in a prompt. Raising it makes answers slower and dearer, and lets weaker passages in. */
const CONTEXT_MAX_TOKENS = 3_000;

/** Passages searched for a question, and searched again when near duplicates leave room in the context. */
const CANDIDATES = { first: 24, more: 100 };

/** Retrieves a question's passages and context, and caches the passages (L3) until the documents change. */
@Injectable()
export class Retrieval {
  private readonly cache: Cache<z.infer<typeof cachedSchema>>;

  constructor(
    private readonly search: PassageSearch,
    private readonly reranking: Reranking,
    caches: Caches,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    // Contexts live for minutes, so those of a document that was stored again may go too.
    this.cache = caches.create('contexts', cachedSchema, ({ passages }) => {
      return { documents: documentsOf(passages), revision: 0 };
    });
  }

  /**
   * Retrieves the context for a question. Never throws for an outage: the result says how it was searched and what failed.
   * @param revision of the tenant's documents; undefined when it is not known, and then nothing is cached
   * @param timings where the durations of embedding and search are recorded
   * @throws the signal's reason when the caller has gone
   */
  async retrieve(
    question: Question,
    revision: number | undefined,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<RetrievedContext> {
    const limits = { maxPassages: question.topK, maxTokens: CONTEXT_MAX_TOKENS };
    const ranked = await this.findPassages(question, limits, revision, timings, signal);
    return { ...ranked, context: chooseContext(ranked.passages, limits) };
  }

  private async findPassages(
    question: Question,
    limits: ContextLimits,
    revision: number | undefined,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<Omit<RetrievedContext, 'context'>> {
    const isCached = revision !== undefined && !question.caching;
    const key = !isCached ? undefined : `${revision}:${questionKey(question)}`;
    const cached = key === undefined ? undefined : await this.cache.get(key, { signal });
    // Another instance may have stored it before it had a reranker. What was not found needs none.
    const isRanked =
      cached?.passages.length === 0 || (cached?.reranked ?? false) === this.reranking.isConfigured;
    if (cached && isRanked) return { ...cached, degraded: false };
    const found = await this.searchPassages(question, limits, timings, signal);
    const { mode, degraded } = found;
    const { passages, reranked } = await this.reranking.rank(question.text, found.passages, timings, signal);
    // The order of an outage is not kept.
    if (key !== undefined && mode !== 'none' && !degraded && reranked !== false)
      void this.cache.set(key, { mode, passages, reranked }, this.config.cache.ttlSeconds * 1_000);
    return { ...found, passages, reranked };
  }

  /** Searches further where near duplicates leave room in the context, and keeps what gives the longer context. */
  private async searchPassages(
    question: Question,
    limits: ContextLimits,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<SearchResult> {
    const search = async (limit: number) => {
      const scope = { tenantId: question.tenantId, filter: question.filter, limit };
      const found = await this.search.search(question.text, scope, 'hybrid', timings, signal);
      return { found, context: chooseContext(found.passages, limits) };
    };
    const first = await search(CANDIDATES.first);
    const mayHaveMore = first.found.passages.length >= CANDIDATES.first;
    if (!mayHaveMore || !hasRoom(first.context, limits)) return first.found;
    const more = await search(CANDIDATES.more);
    return more.context.length > first.context.length ? more.found : first.found;
  }
}

function chooseContext(passages: readonly Passage[], limits: ContextLimits): NumberedPassage[] {
  return buildContext(removeNearDuplicates(passages), limits);
}
