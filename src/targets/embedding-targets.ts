import type { Embedder } from '../models/embedding.ts';
import { ServiceError } from '../telemetry/service-error.ts';
import { GuardRejectedError } from '../resilience/guard/errors.ts';
import type { Clock } from '../resilience/time/clock.ts';
import type { Classify } from '../resilience/guard/outcome.ts';
import type { ProbeSubject } from '../resilience/guard/prober.ts';
import type { DimensionCheck, DimensionMismatch } from './dimension-check.ts';
import { latchTargetsWithSameKey, type GuardedTarget } from './guarded-target.ts';

/** A host of the embedding model behind its guard. */
export interface GuardedEmbedder extends GuardedTarget {
  embedder: Embedder;
}

/** How long one call may take. */
interface EmbeddingLimits {
  signal: AbortSignal | undefined;
  timeoutMs: number;
  /** The length that the vectors must have; that of the stored ones when nothing is said. */
  dimension?: number;
}

/** Another text than that of the first call, because a cache in front of the host would repeat its answer. */
const CONFIRMATION = 'How long are the vectors of this model?';

/** The hosts of one embedding model in their configured order, each behind its own guard. */
export class EmbeddingTargets {
  constructor(
    private readonly hosts: [GuardedEmbedder, ...GuardedEmbedder[]],
    private readonly classify: Classify,
    private readonly limits: { timeoutMs: number; hedgeAfterMs: number; minSimilarity: number },
    private readonly clock: Clock,
    private readonly dimensions: DimensionCheck,
  ) {}

  /** The name under which vectors are stored. */
  get model(): string {
    return this.hosts[0].embedder.model;
  }

  /** The cosine similarity below which two texts count as unrelated. */
  get minSimilarity(): number {
    return this.limits.minSimilarity;
  }

  /** Whether the model has learnt meanings: the one in this process has not. */
  get isLearnt(): boolean {
    return !this.hosts[0].isLocal;
  }

  /** The hosts, by the names of their guards, whose last vectors had another length than the stored ones. */
  get dimensionMismatches(): Record<string, DimensionMismatch> {
    return this.dimensions.mismatches;
  }

  /** Sets the length of the model's stored vectors: a host that makes others has failed. Undefined when none is stored. */
  expectDimension(dimension: number | undefined): void {
    this.dimensions.expect(dimension);
  }

  /** The hosts to probe, with the vector of one word: those reached over the network. */
  get probeSubjects(): ProbeSubject[] {
    const { classify, limits } = this;
    return this.hosts
      .filter(({ isLocal }) => !isLocal)
      .map(({ guard, embedder }) => ({
        guard,
        classify,
        limitMs: limits.timeoutMs,
        probe: async (signal) => {
          this.dimensions.check(guard.name, await embedder.embed(['ping'], signal));
        },
      }));
  }

  /** Milliseconds until some host may be called; 0 when one may be called now. */
  get retryAfterMs(): number {
    return Math.min(...this.hosts.map(({ guard }) => guard.retryAfterMs));
  }

  /**
   * Embeds up to 32 texts with the first host that answers. A host whose guard rejects is skipped. While a host has not
   * answered, the next one is called too, and the first answer wins. The slow call continues to its own time limit, so
   * that its guard records it.
   * @param limitMs the limit for all hosts together, when it is shorter than the configured one
   * @returns one vector per text, in their order
   * @throws the signal's reason, or the error of the last host that was asked: AttemptTimeoutError,
   *   DimensionMismatchError, or what the host threw; GuardRejectedError when none was
   */
  embed(texts: string[], signal?: AbortSignal, limitMs = Number.POSITIVE_INFINITY): Promise<number[][]> {
    return this.ask(this.hosts, texts, {
      signal,
      timeoutMs: Math.min(limitMs / this.hosts.length, this.limits.timeoutMs),
    });
  }

  /**
   * Asks once more, with another text, how long the model's vectors are: one wrong answer must not decide it for good.
   * @throws DimensionMismatchError when the new vector has another length, or as `embed`
   */
  async confirmDimension(dimension: number, signal?: AbortSignal): Promise<void> {
    await this.ask(this.hosts, [CONFIRMATION], { signal, timeoutMs: this.limits.timeoutMs, dimension });
  }

  private async ask(
    [host, ...others]: GuardedEmbedder[],
    texts: string[],
    limits: EmbeddingLimits,
  ): Promise<number[][]> {
    const { signal } = limits;
    if (!host) throw new ServiceError('there is no host');
    let next: Promise<number[][]> | undefined;
    const askNext = () => (next ??= this.ask(others, texts, limits));
    const hedged = Promise.withResolvers<number[][]>();
    const hedge = () => void askNext().then(hedged.resolve, () => undefined);
    const cancelTimer =
      others.length === 0 ? undefined : this.clock.setTimer(hedge, this.limits.hedgeAfterMs);
    try {
      return await Promise.race([this.call(host, texts, limits), hedged.promise]);
    } catch (error) {
      signal?.throwIfAborted();
      const { nextTarget, errorType, hold } = this.classify(error);
      if (errorType === 'credentials') latchTargetsWithSameKey(this.hosts, host, hold?.ms ?? 0);
      if (!nextTarget || others.length === 0) throw error;
      return await askNext().catch((failed: unknown) => {
        throw failed instanceof GuardRejectedError ? error : failed;
      });
    } finally {
      cancelTimer?.();
    }
  }

  private call(
    { guard, embedder }: GuardedEmbedder,
    texts: string[],
    limits: EmbeddingLimits,
  ): Promise<number[][]> {
    const { classify } = this;
    const { dimension, ...options } = limits;
    const embed = async (attempt: AbortSignal) => {
      const vectors = await embedder.embed(texts, attempt);
      this.dimensions.check(guard.name, vectors, dimension);
      return vectors;
    };
    return guard.execute(embed, { ...options, classify });
  }
}
