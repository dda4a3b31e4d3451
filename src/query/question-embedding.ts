import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Caches } from '../cache/caches.ts';
import type { Cache } from '../cache/cache.ts';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { DimensionMismatchError } from '../errors/dimension-mismatch.ts';
import { hasDirection } from '../huggingface/vectors.ts';
import type { CurrentModel } from '../targets/serving-model.ts';

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

  /**
   * A vector that can be compared with those that are stored of the model.
   * @throws what EmbeddingTargets.embed throws, or the signal's reason
   */
  async embed({ model, targets }: CurrentModel, question: string, signal: AbortSignal): Promise<number[]> {
    const { dimension } = model;
    const check = (vector: number[] = []) => {
      if (vector.length !== dimension)
        throw new DimensionMismatchError(targets.model, dimension, vector.length);
      if (!hasDirection(vector)) throw new Error('the vector cannot be compared: it has no direction');
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
