import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { causeOf } from '../errors/cause-of.ts';
import { startDeadline } from '../resilience/abort.ts';
import { pause, type Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import type { EmbeddingTargets } from '../targets/embedding-targets.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { ChunkEmbedding } from './chunk-embedding.ts';
import { ModelSwitch } from './model-switch.ts';

/** How long a request waits for the vectors of its documents before the rest is left to the background. */
const NOW_LIMIT_MS = 20_000;
const RETRY_MS = 5_000;
/** Another instance may have stored chunks and died before it embedded them. */
const LOOK_AGAIN_MS = 60_000;

/** Fills in missing vectors: at once for new documents, and by itself when the embedding service is back. */
@Injectable()
export class EmbeddingBackfill implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private wake: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly embedding: ChunkEmbedding,
    private readonly serving: ServingModel,
    private readonly modelSwitch: ModelSwitch,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The name under which vectors of the configured model are stored. */
  get model(): string {
    return this.serving.own.model;
  }

  onApplicationBootstrap(): void {
    this.running = this.run(this.stopping.signal);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.modelSwitch.withdraw();
  }

  /** Embeds these documents now, as far as it goes; the rest follows in the background. Never fails. */
  async embedNow(tenantId: string, documentIds: string[], caller?: AbortSignal): Promise<void> {
    const deadline = startDeadline(this.clock, NOW_LIMIT_MS, caller);
    try {
      const scope = { tenantId, documentIds };
      await this.embedWanted(
        (targets) => this.embedding.embedAll(targets, scope, deadline.signal),
        deadline.signal,
      );
      // These may have been the last that another model's turn waited for.
      if (this.serving.reembedding) this.wake();
    } catch {
      // The background meets the same failure, and logs it.
      this.wake();
    } finally {
      deadline.clear();
    }
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.embedAll(signal);
      const woken = new AbortController();
      this.wake = () => woken.abort();
      await pause(this.clock, waitMs, AbortSignal.any([signal, woken.signal]));
    }
  }

  /** @returns milliseconds until it is worth looking again */
  private async embedAll(signal: AbortSignal): Promise<number> {
    try {
      const report = () => this.modelSwitch.report(signal);
      await this.embedWanted((targets) => this.embedding.embedAll(targets, {}, signal, report), signal);
      await this.modelSwitch.complete(this.embedding.refusedBy(this.serving.own), signal);
      return LOOK_AGAIN_MS;
    } catch (error) {
      if (!signal.aborted) this.logger.warn({ event: 'embedding_backfill_paused', cause: causeOf(error) });
      return Math.max(RETRY_MS, this.serving.own.retryAfterMs);
    }
  }

  /** Model after model: the hosts of one may be gone while those of the next are there. @throws the last failure */
  private async embedWanted(
    embed: (targets: EmbeddingTargets) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    let failed: { error: unknown } | undefined;
    for (const targets of await this.serving.wanted(signal))
      failed = await embed(targets).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
    if (failed) throw failed.error;
  }
}
