import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { causeOf } from '../../telemetry/cause-of.ts';
import { startDeadline } from '../../resilience/time/deadline.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { BackgroundJob } from '../../resilience/background-job.ts';
import type { EmbeddingTargets } from '../../targets/embedding-targets.ts';
import { ServingModel } from '../../targets/serving-model.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { ChunkEmbedding } from './chunk-embedding.ts';
import { ModelSwitch } from './model-switch.ts';
import { TextsRefusedError } from './refusal-row.ts';

/** How long a request waits for the vectors of its documents. Raising it makes ingestion slower when the embedder is slow. */
const NOW_LIMIT_MS = 20_000;
const RETRY_MS = 5_000;
/** Pause between two checks for missing vectors: another instance may have stored chunks and crashed before embedding them. */
const LOOK_AGAIN_MS = 60_000;

/** A count is followed by a pause of so many times its duration. Lowered, counting many chunks takes more of the database. */
const PAUSE_PER_COUNT = 20;

/** Embeds chunks in the background: at once for new documents, and when the embedding service is back. */
@Injectable()
export class EmbeddingBackfill extends BackgroundJob {
  /** The causes that were logged since the last success. */
  private readonly loggedCauses = new Set<string>();
  private countAgainAt = 0;

  constructor(
    private readonly embedding: ChunkEmbedding,
    private readonly serving: ServingModel,
    private readonly modelSwitch: ModelSwitch,
    @Inject(CLOCK) clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    super('embedding_backfill', clock);
  }

  /** The configured model's name, under which its vectors are stored. */
  get model(): string {
    return this.serving.own.model;
  }

  protected override async stop(): Promise<void> {
    await super.stop();
    await this.modelSwitch.withdraw();
  }

  /** Embeds these documents now as far as possible. The rest is embedded in the background. Never rejects. */
  async embedNow(tenantId: string, documentIds: string[], caller?: AbortSignal): Promise<void> {
    using deadline = startDeadline(this.clock, NOW_LIMIT_MS, caller);
    try {
      const { signal } = deadline;
      const documents = { tenantId, documentIds };
      await this.embedWanted((targets) => this.embedding.embedDocuments(targets, documents, signal), signal);
      // These may have been the last chunks for which a switch of the model waited.
      if (this.serving.reembedding) this.loop.wake();
    } catch {
      this.loop.wake();
    }
  }

  protected async run(signal: AbortSignal): Promise<number> {
    try {
      await this.modelSwitch.begin(signal);
      const embed = (targets: EmbeddingTargets) => {
        const onStored = (vectors: number) => this.serving.noteStored(targets.model, vectors);
        return this.embedding.embedMissing(targets, signal, onStored);
      };
      await this.embedWanted(embed, signal);
      await this.modelSwitch.complete(signal);
      this.loggedCauses.clear();
      await this.countMissing(signal);
      return LOOK_AGAIN_MS;
    } catch (error) {
      if (!signal.aborted) this.logPause(error);
      await this.countMissing(signal);
      const waitMs = error instanceof TextsRefusedError ? LOOK_AGAIN_MS : RETRY_MS;
      return Math.max(waitMs, this.serving.own.ingestion.retryAfterMs);
    }
  }

  /** Counts for `GET /health` which chunks have no vector. A failure leaves the last count. */
  private async countMissing(signal: AbortSignal): Promise<void> {
    const startedAt = this.clock.now();
    if (startedAt < this.countAgainAt) return;
    const counted = await this.embedding.countMissing(this.serving.own, signal).catch(() => undefined);
    if (counted) this.serving.missing = counted;
    const endedAt = this.clock.now();
    this.countAgainAt = endedAt + (endedAt - startedAt) * PAUSE_PER_COUNT;
  }

  /** Warns once for each cause, because an outage is met again every few seconds. */
  private logPause(error: unknown): void {
    const line = { event: 'embedding_backfill_paused', cause: causeOf(error) };
    const text = JSON.stringify(line.cause);
    if (this.loggedCauses.has(text)) this.logger.debug(line);
    else this.logger.warn(line);
    this.loggedCauses.add(text);
  }

  /** Embeds for one model after the other: one's hosts may be out while the other's work. @throws the last model's failure */
  private async embedWanted(
    embed: (targets: EmbeddingTargets) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    let failed: { error: unknown } | undefined;
    for (const targets of await this.serving.modelsToEmbed(signal))
      failed = await embed(targets).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
    if (failed) throw failed.error;
  }
}
