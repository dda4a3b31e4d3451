import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Caches } from '../cache/caches.ts';
import type { Cache } from '../cache/cache.ts';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { hasDirection } from '../huggingface/vectors.ts';
import type { EmbeddingTargets } from '../targets/embedding-targets.ts';

/** Share of a question's time after which silent hosts are given up: what is left must do for a search by words. */
const TIME_SHARE = 1 / 3;

/** The vectors of questions, cached: the same question is embedded once, also when it comes many times at once. */
@Injectable()
export class QuestionEmbedding {
  private readonly cache: Cache<number[]>;
  private readonly ttlMs: number;
  private readonly limitMs: number;

  constructor(caches: Caches, @Inject(APP_CONFIG) config: AppConfig) {
    this.cache = caches.create('embeddings', z.array(z.number()));
    this.ttlMs = config.cache.keepSeconds * 1_000;
    this.limitMs = Math.ceil(config.queryDeadlineMs * TIME_SHARE);
  }

  /** @throws what EmbeddingTargets.embed throws, or the signal's reason */
  embed(targets: EmbeddingTargets, question: string, signal: AbortSignal): Promise<number[]> {
    return this.cache.getOrLoad(
      JSON.stringify([targets.model, question]),
      this.ttlMs,
      async (loadSignal) => {
        const [vector] = await targets.embed([question], loadSignal, this.limitMs);
        if (!vector || !hasDirection(vector))
          throw new Error('the embedding target returned no vector that can be compared');
        return vector;
      },
      { signal },
    );
  }
}
