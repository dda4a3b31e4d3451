import { GuardRejectedError } from '../resilience/errors.ts';
import type { Guard } from '../resilience/guard.ts';
import type { Classify } from '../resilience/outcome.ts';
import type { ProbeSubject } from '../resilience/prober.ts';
import { latchSharers } from './credentials.ts';

/** Turns texts into vectors of one length: a remote host or the in-process one. */
export interface Embedder {
  readonly model: string;
  embed(texts: string[], signal: AbortSignal): Promise<number[][]>;
}

/** A host of the embedding model behind its guard. */
export interface GuardedEmbedder {
  guard: Guard;
  embedder: Embedder;
  isLocal: boolean;
  /** The key it is called with: hosts with the same one are latched out together. */
  apiKey: string | undefined;
}

/** The hosts of one embedding model in their order, each behind its own guard. */
export class EmbeddingTargets {
  constructor(
    private readonly hosts: [GuardedEmbedder, ...GuardedEmbedder[]],
    private readonly classify: Classify,
    private readonly limits: { timeoutMs: number; minSimilarity: number },
  ) {}

  /** The name under which vectors are stored. */
  get model(): string {
    return this.hosts[0].embedder.model;
  }

  /** Cosine similarity below which two texts have nothing to do with each other. */
  get minSimilarity(): number {
    return this.limits.minSimilarity;
  }

  /** What active probes ask: the vector of one word, of every host that is reached over the network. */
  get probeSubjects(): ProbeSubject[] {
    const { classify, limits } = this;
    return this.hosts
      .filter(({ isLocal }) => !isLocal)
      .map(({ guard, embedder }) => ({
        guard,
        classify,
        limitMs: limits.timeoutMs,
        probe: async (signal) => {
          await embedder.embed(['ping'], signal);
        },
      }));
  }

  /** Milliseconds until some host may be asked again; 0 when one may be now. */
  get retryAfterMs(): number {
    return Math.min(...this.hosts.map(({ guard }) => guard.retryAfterMs));
  }

  /**
   * Embeds up to 32 texts with the first host that answers; one whose guard refuses is skipped.
   * @returns one vector per text, in their order
   * @throws the signal's reason, or the error of the last host that was asked: AttemptTimeoutError or what the host
   *   threw; GuardRejectedError when none was
   */
  async embed(texts: string[], signal?: AbortSignal): Promise<number[][]> {
    const { classify, limits } = this;
    let failed: unknown;
    for (const host of this.hosts) {
      const call = (attempt: AbortSignal) => host.embedder.embed(texts, attempt);
      try {
        return await host.guard.execute(call, { signal, timeoutMs: limits.timeoutMs, classify });
      } catch (error) {
        if (signal?.aborted) throw error;
        if (failed === undefined || !(error instanceof GuardRejectedError)) failed = error;
        const { nextTarget, errorType, hold } = classify(error);
        if (errorType === 'credentials') latchSharers(this.hosts, host, hold?.ms ?? 0);
        if (!nextTarget) break;
      }
    }
    throw failed;
  }
}
