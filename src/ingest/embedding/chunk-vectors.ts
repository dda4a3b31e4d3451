import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { BatchRefusedError } from '../../models/batch-refused.ts';
import { hasDirection, MAX_TEXTS_PER_CALL } from '../../models/embedding.ts';
import { EmbeddingRefusalsRepository } from '../../postgres/search/embedding-refusals.repository.ts';
import {
  EmbeddingsRepository,
  type EmbeddingModel,
  type PendingChunk,
} from '../../postgres/search/embeddings.repository.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import type { EmbeddingTargets } from '../../targets/embedding-targets.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import { RefusalRow } from './refusal-row.ts';

/** Called with chunks that were embedded, and how many vectors of them were stored. */
export type OnStored = (chunks: PendingChunk[], stored: number) => void;

/** Makes and stores the vectors of chunks. */
@Injectable()
export class ChunkVectors {
  /** By model. */
  private readonly rows = new Map<string, RefusalRow>();

  constructor(
    private readonly repository: EmbeddingsRepository,
    private readonly refusals: EmbeddingRefusalsRepository,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The model's row, if vectors are stored. Its hosts are held to their dimension from now on. @throws a database error */
  async findModel(targets: EmbeddingTargets, signal: AbortSignal): Promise<EmbeddingModel | undefined> {
    const model = await this.repository.findModel(targets.model, signal);
    targets.expectDimension(model?.dimension);
    return model;
  }

  /** The refused chunks of the model that are to be tried again, at most `limit`. @throws a database error */
  dueChunks({ model }: EmbeddingTargets, limit: number, signal: AbortSignal): Promise<PendingChunk[]> {
    return this.refusals.due(model, this.clock.wall(), limit, signal);
  }

  /**
   * Embeds chunks and stores their vectors. Those that the hosts refuse together are halved after all others have their
   * vectors, until each chunk is embedded or refused alone: at most two calls for each of them. Refused chunks are recorded.
   * @throws the embedding service's, the database's or the signal's error; TextsRefusedError
   */
  async make(
    targets: EmbeddingTargets,
    chunks: PendingChunk[],
    signal: AbortSignal,
    onStored: OnStored,
  ): Promise<void> {
    const groups = [chunks];
    for (let group = groups.shift(); group; group = groups.shift()) {
      if (group.length === 0) continue;
      const { vectors, refused } = await this.embedFirst(targets, group, signal);
      const taken = group.slice(0, vectors?.length ?? refused?.count);
      if (vectors) onStored(taken, await this.store(targets, taken, vectors, signal));
      else if (taken.length === 1) await this.refuse(targets, taken, refused?.cause, signal);
      else if (refused?.isTooMany) taken.length = 0;
      else groups.push(...halve(taken));
      groups.unshift(group.slice(taken.length));
    }
  }

  private async embedFirst(
    targets: EmbeddingTargets,
    chunks: PendingChunk[],
    signal: AbortSignal,
  ): Promise<{ vectors?: number[][]; refused?: BatchRefusedError }> {
    try {
      const texts = chunks.slice(0, MAX_TEXTS_PER_CALL).map(textOf);
      return { vectors: await targets.ingestion.embedFirst(texts, signal) };
    } catch (error) {
      if (error instanceof BatchRefusedError) return { refused: error };
      throw error;
    }
  }

  private async store(
    targets: EmbeddingTargets,
    chunks: PendingChunk[],
    vectors: number[][],
    signal: AbortSignal,
  ): Promise<number> {
    const dimension = vectors[0]?.length ?? 0;
    if (!(await this.findModel(targets, signal))) await targets.ingestion.confirmDimension(dimension, signal);
    const model = await this.repository.registerModel(targets.model, dimension, signal);
    targets.expectDimension(model.dimension);
    const made = chunks.map((chunk, index) => ({ chunk, embedding: vectors[index] ?? [] }));
    const usable = made.filter(({ embedding }) => hasDirection(embedding));
    const rows = usable.map(({ chunk, embedding }) => ({
      tenantId: chunk.tenant_id,
      chunkId: chunk.id,
      embedding,
    }));
    const stored = await this.repository.save(model, rows, signal);
    if (rows.length > 0) this.rowOf(targets).end();
    const others = made.filter((one) => !usable.includes(one)).map(({ chunk }) => chunk);
    await this.refuse(targets, others, new ServiceError('the vector has no direction'), signal);
    return stored;
  }

  /** @throws TextsRefusedError */
  private async refuse(
    targets: EmbeddingTargets,
    chunks: PendingChunk[],
    reason: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const cause = causeOf(reason);
    for (const chunk of chunks) {
      const refusal = { cause, nowMs: this.clock.wall() };
      const attempts = await this.refusals.record(targets.model, chunk, refusal, signal);
      const line = {
        event: 'chunk_not_embedded',
        document_id: chunk.document_id,
        chunk_id: chunk.id,
        attempts,
        cause,
      };
      if (attempts === 1) this.logger.warn(line);
      else this.logger.debug(line);
      this.rowOf(targets).add();
    }
  }

  private rowOf({ model }: EmbeddingTargets): RefusalRow {
    const row = this.rows.get(model) ?? new RefusalRow();
    this.rows.set(model, row);
    return row;
  }
}

function halve(chunks: PendingChunk[]): PendingChunk[][] {
  const middle = Math.ceil(chunks.length / 2);
  return [chunks.slice(0, middle), chunks.slice(middle)];
}

function textOf({ title, heading, text }: PendingChunk): string {
  return [title, heading, text].filter(Boolean).join('\n');
}
