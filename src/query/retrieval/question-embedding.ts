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

/** The vector took longer than a question waits that can be searched by words. The call goes on. */
class VectorOverdueError extends ServiceError {
  constructor() {
    super('the vector is overdue');
  }
}

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
   * @param isPatient whether to wait for the service's time limit, and not only as long as it usually takes
   * @throws what the database or EmbeddingTargets.embed throws, DimensionMismatchError, VectorOverdueError, or the
   *   signal's reason
   */
  async embed(
    question: string,
    signal: AbortSignal,
    { timings = {}, isPatient = true }: { timings?: Timings; isPatient?: boolean } = {},
  ): Promise<EmbeddedQuestion | undefined> {
    const current = await this.serving.current(signal);
    if (!current) return undefined;
    const patienceMs = isPatient ? Infinity : current.targets.patienceMs;
    const embedding = await time(this.clock, timings, 'embed', () =>
      this.waitFor(this.load(current, question, signal), patienceMs),
    );
    const { minSimilarity, isLearnt } = current.targets;
    return { model: current.model, embedding, minSimilarity, isLearnt };
  }

  private async waitFor<T>(work: Promise<T>, patienceMs: number): Promise<T> {
    if (patienceMs === Infinity) return work;
    const { promise: overdue, reject } = Promise.withResolvers<never>();
    const cancel = this.clock.setTimer(() => reject(new VectorOverdueError()), patienceMs);
    work.catch(() => undefined);
    return Promise.race([work, overdue]).finally(cancel);
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
