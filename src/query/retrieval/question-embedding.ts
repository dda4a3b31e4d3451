import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Caches } from '../../cache/caches.ts';
import type { Cache } from '../../cache/cache.ts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { hasDirection } from '../../models/embedding.ts';
import { DimensionMismatchError } from '../../models/dimension-mismatch.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import type { SearchVector } from '../../postgres/search/search.repository.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { ServingModel, type CurrentModel } from '../../targets/serving-model.ts';
import { time, type Timings } from '../answer/timings.ts';

/** Share of a question's time for embedding. Raising it leaves less time for a search by full text alone. */
const TIME_SHARE = 1 / 3;

/** A question's vector, with the similarity below which a passage counts as unrelated. */
export interface EmbeddedQuestion extends SearchVector {
  minSimilarity: number;
  /** Whether the model has learnt meanings, unlike the in-process one. */
  isLearnt: boolean;
}

/** Embeds questions and caches their vectors (L2). Equal questions at the same time share one call. */
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
   * Embeds a question with the serving model; undefined as long as no vector is stored.
   * @param timings where the duration is recorded
   * @throws what the database or EmbeddingTargets.embed throws, DimensionMismatchError, or the signal's reason
   */
  async embed(
    question: string,
    signal: AbortSignal,
    timings: Timings = {},
  ): Promise<EmbeddedQuestion | undefined> {
    const current = await this.serving.current(signal);
    if (!current) return undefined;
    const embedding = await time(this.clock, timings, 'embed', () => this.load(current, question, signal));
    const { minSimilarity, isLearnt } = current.targets;
    return { model: current.model, embedding, minSimilarity, isLearnt };
  }

  /** A vector that can be compared with the stored ones of the model. */
  private async load(
    { model, targets }: CurrentModel,
    question: string,
    signal: AbortSignal,
  ): Promise<number[]> {
    const { dimension } = model;
    const check = (vector: number[] = []) => {
      if (vector.length !== dimension)
        throw new DimensionMismatchError(targets.model, dimension, vector.length);
      if (!hasDirection(vector)) throw new ServiceError('the vector cannot be compared: it has no direction');
      return vector;
    };
    const vector = await this.cache.getOrLoad(
      JSON.stringify([targets.model, dimension, question]),
      this.ttlMs,
      async (loadSignal) => {
        const [embedded] = await targets.embed([question], loadSignal, this.limitMs);
        return check(embedded);
      },
      { signal },
    );
    // A shared cache holds what others have written: a vector that cannot be compared would fail the whole search.
    return check(vector);
  }
}
