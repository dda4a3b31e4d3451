import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Caches } from '../cache/caches.ts';
import type { Cache } from '../cache/cache.ts';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { ServiceError } from '../errors/service-error.ts';
import { hasDirection } from '../huggingface/vectors.ts';
import type { SearchVector } from '../postgres/search.repository.ts';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import type { EmbeddingTargets } from '../targets/embedding-targets.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { time, type Timings } from './timings.ts';

/** Share of a question's time after which silent hosts are given up: what is left must do for a search by words. */
const TIME_SHARE = 1 / 3;

/** A question's vector, and the similarity below which a passage has nothing to do with the question. */
export interface EmbeddedQuestion extends SearchVector {
  minSimilarity: number;
}

/** The vectors of questions, cached: the same question is embedded once, also when it comes many times at once. */
@Injectable()
export class QuestionEmbedding {
  private readonly cache: Cache<number[]>;
  private readonly ttlMs: number;
  private readonly limitMs: number;

  constructor(
    caches: Caches,
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly serving: ServingModel,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.cache = caches.create('embeddings', z.array(z.number()));
    this.ttlMs = config.cache.keepSeconds * 1_000;
    this.limitMs = Math.ceil(config.queryDeadlineMs * TIME_SHARE);
  }

  /**
   * Embeds a question with the model whose vectors are searched; undefined as long as no vector was ever stored.
   * @param timings where the time of the embedding is noted
   * @throws what the database or EmbeddingTargets.embed throws, or the signal's reason
   */
  async embed(
    question: string,
    signal: AbortSignal,
    timings: Timings = {},
  ): Promise<EmbeddedQuestion | undefined> {
    const current = await this.serving.current(signal);
    if (!current) return undefined;
    const { model, targets } = current;
    const embedding = await time(this.clock, timings, 'embed', () => this.load(targets, question, signal));
    return { model, embedding, minSimilarity: targets.minSimilarity };
  }

  private load(targets: EmbeddingTargets, question: string, signal: AbortSignal): Promise<number[]> {
    return this.cache.getOrLoad(
      JSON.stringify([targets.model, question]),
      this.ttlMs,
      async (loadSignal) => {
        const [vector] = await targets.embed([question], loadSignal, this.limitMs);
        if (!vector || !hasDirection(vector))
          throw new ServiceError('the embedding target returned no vector that can be compared');
        return vector;
      },
      { signal },
    );
  }
}
