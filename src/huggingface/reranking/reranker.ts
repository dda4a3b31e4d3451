import { z } from 'zod';
import type { RerankApi, RerankTarget } from '../../config/app-config.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { followAbort } from '../../resilience/time/deadline.ts';
import type { Reranker } from '../../models/reranker.ts';
import { checkedFetch, type Fetch } from '../checked-fetch.ts';
import { BadResponseError } from '../errors.ts';
import { atRoute, postJson, type Endpoint } from '../json-call.ts';

/** Texts in one call. text-embeddings-inference refuses more unless it is started with a higher limit. */
const MAX_TEXTS = 32;

const ROUTE = '/rerank';
/** The route of an address without a path. */
const BARE_ROUTES: Record<RerankApi, string> = { tei: ROUTE, cohere: '/v2/rerank', jina: '/v1/rerank' };

const index = z.int().min(0);
const teiSchema = z.array(z.object({ index, score: z.number() }));
const resultsSchema = z
  .object({ results: z.array(z.object({ index, relevance_score: z.number() })) })
  .transform(({ results }) => results.map((row) => ({ index: row.index, score: row.relevance_score })));

/** Scores texts with text-embeddings-inference, or a service with Cohere's or Jina's rerank API. */
export class HttpReranker implements Reranker {
  private readonly fetch: Fetch;
  private readonly endpoint: Endpoint;

  constructor(
    private readonly target: Omit<RerankTarget, 'name'>,
    clock: Clock,
    fetch: Fetch = globalThis.fetch,
  ) {
    this.fetch = checkedFetch(fetch, clock);
    this.endpoint = atRoute(target, ROUTE, BARE_ROUTES[target.api]);
  }

  /**
   * Scores all texts, 32 per call; the calls are made at the same time, and the first that fails ends the others.
   * @throws as `postJson`; BadResponseError unless each text has exactly one score
   */
  async score(question: string, texts: string[], signal: AbortSignal): Promise<number[]> {
    const calls = new AbortController();
    const unfollow = followAbort(calls, signal);
    const batches: string[][] = [];
    for (let from = 0; from < texts.length; from += MAX_TEXTS)
      batches.push(texts.slice(from, from + MAX_TEXTS));
    try {
      const scores = batches.map((batch) => this.scoreBatch(question, batch, calls.signal));
      return (await Promise.all(scores)).flat();
    } finally {
      unfollow();
      calls.abort();
    }
  }

  private async scoreBatch(question: string, texts: string[], signal: AbortSignal): Promise<number[]> {
    const { api, model } = this.target;
    const body =
      api === 'tei'
        ? { query: question, texts, truncate: true }
        : { model, query: question, documents: texts, top_n: texts.length };
    return readScores(api, await postJson(this.fetch, this.endpoint, body, signal), texts.length);
  }
}

/** @throws BadResponseError */
function readScores(api: RerankApi, response: unknown, count: number): number[] {
  const rows = (api === 'tei' ? teiSchema : resultsSchema).safeParse(response);
  if (!rows.success) throw new BadResponseError('wrong_shape');
  const scores = new Map(rows.data.map((row) => [row.index, row.score]));
  const ordered = Array.from({ length: count }, (_, at) => scores.get(at));
  if (rows.data.length !== count || !ordered.every((score) => score !== undefined))
    throw new BadResponseError('wrong_count');
  return ordered;
}
