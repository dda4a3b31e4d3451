import type { Embedder } from '../models/embedding.ts';
import { ServiceError } from '../telemetry/service-error.ts';
import { GuardRejectedError } from '../resilience/guard/errors.ts';
import { RecentLatency } from '../resilience/health/recent-latency.ts';
import type { Clock } from '../resilience/time/clock.ts';
import type { Classify } from '../resilience/guard/outcome.ts';
import type { ProbeSubject } from '../resilience/guard/prober.ts';
import { EmbeddingIngestion } from './embedding-ingestion.ts';
import { CHECK_TEXT, HostRefusals } from './host-refusals.ts';
import type { Guard } from '../resilience/guard/guard.ts';
import type { DimensionCheck, DimensionMismatch } from './dimension-check.ts';
import { latchTargetsWithSameKey, type GuardedTarget } from './guarded-target.ts';

/** A host of the embedding model behind its guards: `guard` is that of the calls for questions. */
export interface GuardedEmbedder extends GuardedTarget {
  embedder: Embedder;
  /** The guard of the calls for chunks. */
  ingestGuard: Guard;
}

/** How many times its p99 a question's vector is waited for. Raised, questions wait longer for a service that hangs. */
const PATIENCE_FACTOR = 4;
/** The least patience in milliseconds. Lowered, an ordinary pause of a fast service costs a question its vector. */
const LEAST_PATIENCE_MS = 60;
/** Calls that tell what is usual. */
const LEAST_CALLS = 20;

/** How long one call may take. */
interface EmbeddingLimits {
  signal: AbortSignal | undefined;
  timeoutMs: number;
}

/** The hosts of one embedding model in their configured order, each behind guards of its own. */
export class EmbeddingTargets {
  /** The same hosts for chunks. */
  readonly ingestion: EmbeddingIngestion;
  private readonly refusals: HostRefusals;
  /** The questions that are being embedded. */
  private readonly questions = new Set<Promise<unknown>>();
  /** How long questions waited for their vectors, over the last hour. */
  private readonly times: RecentLatency;

  /** `timeoutMs` bounds a call for a question, `ingestTimeoutMs` one for chunks; a `patienceMs` is fixed. */
  constructor(
    private readonly hosts: [GuardedEmbedder, ...GuardedEmbedder[]],
    classify: Classify,
    private readonly limits: {
      timeoutMs: number;
      ingestTimeoutMs: number;
      hedgeAfterMs: number;
      patienceMs: number | undefined;
      minSimilarity: number;
    },
    private readonly clock: Clock,
    private readonly dimensions: DimensionCheck,
  ) {
    const forChunks = hosts.map((host) => ({ ...host, guard: host.ingestGuard, questionGuard: host.guard }));
    const ingestLimits = { timeoutMs: limits.ingestTimeoutMs, questionMs: limits.timeoutMs };
    this.refusals = new HostRefusals(classify);
    this.times = new RecentLatency(clock);
    this.ingestion = new EmbeddingIngestion(forChunks, ingestLimits, this.refusals, clock, {
      dimensions,
      questionsEmbedded: () => Promise.allSettled(this.questions),
    });
  }

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

  /**
   * How many milliseconds a question that can do without its vector waits for it: four times as long as 99 of 100 calls of
   * the last hour took, at least 60. Infinite while fewer than 20 calls are known.
   */
  get patienceMs(): number {
    if (this.limits.patienceMs !== undefined) return this.limits.patienceMs;
    if (this.times.count < LEAST_CALLS) return Infinity;
    return Math.max(LEAST_PATIENCE_MS, PATIENCE_FACTOR * (this.times.p99 ?? 0));
  }

  /** The hosts, by the names of their guards, whose last vectors had another length than the stored ones. */
  get dimensionMismatches(): Record<string, DimensionMismatch> {
    return this.dimensions.mismatches;
  }

  /** Sets the length of the model's stored vectors: a host that makes others has failed. Undefined when none is stored. */
  expectDimension(dimension: number | undefined): void {
    this.dimensions.expect(dimension);
  }

  /** The hosts to probe, with the vector of one word. */
  get probeSubjects(): ProbeSubject[] {
    const { limits } = this;
    return this.hosts.map(({ guard, embedder, isLocal }) => ({
      guard,
      classify: (error) => this.refusals.classify(error),
      limitMs: limits.timeoutMs,
      isLocal,
      probe: async (signal) => {
        this.dimensions.check(guard.name, await this.check(embedder, signal));
      },
    }));
  }

  /**
   * Embeds texts of questions with the first host that answers. A host whose guard rejects is skipped. While a host has not
   * answered, the next one is called too, before a question's patience is over, and the first answer wins. The slow call
   * continues to its own time limit, so that its guard records it.
   * @param limitMs the limit for all hosts together, when it is shorter than the configured one
   * @returns one vector per text, in their order
   * @throws the signal's reason, or the error of the last host that was asked: AttemptTimeoutError,
   *   DimensionMismatchError, or what the host threw; GuardRejectedError when none was
   */
  async embed(
    texts: string[],
    signal?: AbortSignal,
    limitMs = Number.POSITIVE_INFINITY,
  ): Promise<number[][]> {
    const timeoutMs = Math.min(limitMs / this.hosts.length, this.limits.timeoutMs);
    const asked = this.ask(this.hosts, texts, { signal, timeoutMs });
    this.questions.add(asked);
    const startedAt = this.clock.now();
    try {
      const vectors = await asked;
      if (texts.length === 1) this.times.add(this.clock.now() - startedAt);
      return vectors;
    } finally {
      this.questions.delete(asked);
    }
  }

  /** Whether an error of `embed` means that a host refuses these texts, and not every text. */
  isRefusalOfText(error: unknown): boolean {
    return this.refusals.isRefusal(error) && this.refusals.classify(error).outcome === 'ignored';
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
    const hedgeAfterMs = Math.min(this.limits.hedgeAfterMs, this.patienceMs / 2);
    const cancelTimer = others.length === 0 ? undefined : this.clock.setTimer(hedge, hedgeAfterMs);
    try {
      return await Promise.race([this.call(host, texts, limits), hedged.promise]);
    } catch (error) {
      signal?.throwIfAborted();
      const { nextTarget, errorType, hold } = this.refusals.classify(error);
      if (errorType === 'credentials') latchTargetsWithSameKey(this.hosts, host, hold?.ms ?? 0);
      // All hosts serve one model: a text that one of them refuses alone, the others refuse, too.
      if (!nextTarget || this.isRefusalOfText(error) || others.length === 0) throw error;
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
    const classify = (error: unknown) => this.refusals.classify(error);
    const embed = async (attempt: AbortSignal) => {
      const vectors = await embedder.embed(texts, attempt).catch(async (error: unknown) => {
        if (this.refusals.isRefusal(error)) await this.check(embedder, attempt);
        throw error;
      });
      this.dimensions.check(guard.name, vectors);
      return vectors;
    };
    return guard.execute(embed, { ...limits, classify });
  }

  /** Embeds the check text. @throws an error that counts as the host's failure when the host refuses that, too */
  private async check(embedder: Embedder, signal: AbortSignal): Promise<number[][]> {
    return embedder.embed([CHECK_TEXT], signal).catch((error: unknown) => {
      throw this.refusals.blameHost(error);
    });
  }
}
