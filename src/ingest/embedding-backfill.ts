import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { startDeadline } from '../resilience/abort.ts';
import type { Clock } from '../resilience/clock.ts';
import { Repeater } from '../resilience/repeater.ts';
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
  private readonly loop: Repeater;

  constructor(
    private readonly embedding: ChunkEmbedding,
    private readonly serving: ServingModel,
    private readonly modelSwitch: ModelSwitch,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new Repeater(clock, undefined, (signal) => this.embedAll(signal));
  }

  /** The name under which vectors of the configured model are stored. */
  get model(): string {
    return this.serving.own.model;
  }

  /** Whether no vectors are made in the background. */
  get isAtRest(): boolean {
    return this.loop.isAtRest;
  }

  onApplicationBootstrap(): void {
    void this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
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
      if (this.serving.reembedding) this.loop.wake();
    } catch {
      this.loop.wake();
    } finally {
      deadline.clear();
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
      if (!signal.aborted)
        this.logger.warn({
          event: 'embedding_backfill_paused',
          error_name: error instanceof Error && error.name,
        });
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
