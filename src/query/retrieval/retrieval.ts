import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Cache } from '../../cache/cache.ts';
import { Caches } from '../../cache/caches.ts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import type { Passage } from '../../postgres/search/search.repository.ts';
import { PassageSearch, type RetrievalMode, type SearchResult } from './passage-search.ts';
import { questionKey, type Question } from '../answer/question.ts';
import type { Timings } from '../answer/timings.ts';

const passageSchema: z.ZodType<Passage> = z.object({
  document_id: z.string(),
  chunk_id: z.string(),
  title: z.string().nullable(),
  url: z.string().nullable(),
  heading: z.string().nullable(),
  text: z.string(),
  tokens: z.number(),
  score: z.number(),
});
const foundSchema = z.object({
  mode: z.enum(['hybrid', 'vector', 'lexical'] satisfies RetrievalMode[]),
  passages: z.array(passageSchema),
});

/** Passages that are fetched for a question, of which the context takes the best; and where those repeat one another. */
const CANDIDATES = { usual: 24, more: 100 };

/** Finds a question's passages, and remembers them as long as the documents stay the same. */
@Injectable()
export class Retrieval {
  private readonly cache: Cache<z.infer<typeof foundSchema>>;

  constructor(
    private readonly search: PassageSearch,
    caches: Caches,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    this.cache = caches.create('contexts', foundSchema);
  }

  /** Whether that many passages were found that there may be more. */
  hasMore({ passages }: SearchResult): boolean {
    return passages.length >= CANDIDATES.usual;
  }

  /**
   * @param depth how many passages are wanted
   * @param revision of the tenant's documents, or undefined when it is not known: then nothing is remembered
   * @throws the signal's reason when the caller has gone
   */
  async retrieve(
    question: Question,
    depth: keyof typeof CANDIDATES,
    revision: number | undefined,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<SearchResult> {
    const limit = CANDIDATES[depth];
    const key = revision === undefined ? undefined : `${revision}:${limit}:${questionKey(question)}`;
    const known = key === undefined ? undefined : await this.cache.get(key, { signal });
    if (known) return { ...known, degraded: false };
    const scope = { tenantId: question.tenantId, filter: question.filter, limit };
    const found = await this.search.search(question.text, scope, 'hybrid', timings, signal);
    const { mode, passages, degraded } = found;
    if (key !== undefined && mode !== 'none' && !degraded)
      void this.cache.set(key, { mode, passages }, this.config.cache.ttlSeconds * 1_000);
    return found;
  }
}
