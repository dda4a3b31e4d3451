import type { Guard } from '../resilience/guard.ts';
import type { Classify } from '../resilience/outcome.ts';

/** Turns texts into vectors of one length: a remote host or the in-process one. */
export interface Embedder {
  readonly model: string;
  embed(texts: string[], signal: AbortSignal): Promise<number[][]>;
}

/** The hosts of one embedding model, behind the guard `embedding_api`. */
export class EmbeddingTargets {
  constructor(
    private readonly hosts: [Embedder, ...Embedder[]],
    private readonly guard: Guard,
    private readonly classify: Classify,
    private readonly limits: { timeoutMs: number; minSimilarity: number },
  ) {}

  /** The name under which vectors are stored. */
  get model(): string {
    return this.hosts[0].model;
  }

  /** Cosine similarity below which two texts have nothing to do with each other. */
  get minSimilarity(): number {
    return this.limits.minSimilarity;
  }

  /** Milliseconds until the service may be asked again; 0 when it may be now. */
  get retryAfterMs(): number {
    return this.guard.retryAfterMs;
  }

  /**
   * Embeds up to 32 texts with the first host that answers.
   * @returns one vector per text, in their order
   * @throws GuardRejectedError, AttemptTimeoutError, the signal's reason, or the last host's error
   */
  async embed(texts: string[], signal?: AbortSignal): Promise<number[][]> {
    const [first, ...others] = this.hosts;
    let failed: unknown;
    for (const host of [first, ...others]) {
      try {
        return await this.guard.execute((attempt) => host.embed(texts, attempt), {
          signal,
          timeoutMs: this.limits.timeoutMs,
          classify: this.classify,
        });
      } catch (error) {
        failed = error;
        if (signal?.aborted || !this.classify(error).nextTarget) break;
      }
    }
    throw failed;
  }
}
