import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { causeOf } from '../../telemetry/cause-of.ts';
import { classifyError } from '../../huggingface/classify.ts';
import { hasDirection } from '../../models/embedding.ts';
import {
  EmbeddingsRepository,
  type EmbeddingModel,
  type PendingChunk,
} from '../../postgres/search/embeddings.repository.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import type { EmbeddingTargets } from '../../targets/embedding-targets.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { RefusedChunks } from './refused-chunks.ts';

/** Makes and stores the vectors of a few chunks at a time. */
@Injectable()
export class ChunkVectors {
  /** By model. */
  private readonly refused = new Map<string, RefusedChunks>();

  constructor(
    private readonly repository: EmbeddingsRepository,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The model's row, if vectors are stored. Its hosts are held to their dimension from now on. @throws a database error */
  async findModel(targets: EmbeddingTargets, signal: AbortSignal): Promise<EmbeddingModel | undefined> {
    const model = await this.repository.findModel(targets.model, signal);
    targets.expectDimension(model?.dimension);
    return model;
  }

  /** The chunks that the model's hosts have not refused lately. */
  withoutRefused(targets: EmbeddingTargets, chunks: PendingChunk[]): PendingChunk[] {
    const refused = this.refusedBy(targets);
    return chunks.filter(({ id }) => !refused.has(id));
  }

  /**
   * Embeds chunks, at most as many as one call takes, and stores their vectors. A chunk that the host refuses is skipped.
   * @returns how many vectors were stored
   * @throws the embedding service's, the database's or the signal's error; TextsRefusedError
   */
  async make(targets: EmbeddingTargets, chunks: PendingChunk[], signal: AbortSignal): Promise<number> {
    const { vectors, refusal } = await this.embed(targets, chunks.map(textOf), signal);
    if (vectors) return this.store(targets, chunks, vectors, signal);
    const [only] = chunks;
    let stored = 0;
    if (chunks.length === 1 && only) this.refuse(targets, only, refusal);
    else for (const chunk of chunks) stored += await this.make(targets, [chunk], signal);
    return stored;
  }

  /** @returns the vectors, or the host's refusal of one of the texts */
  private async embed(
    targets: EmbeddingTargets,
    texts: string[],
    signal: AbortSignal,
  ): Promise<{ vectors?: number[][]; refusal?: unknown }> {
    try {
      return { vectors: await targets.embed(texts, signal) };
    } catch (error) {
      if (classifyError(error).errorType !== 'invalid_request') throw error;
      return { refusal: error };
    }
  }

  private async store(
    targets: EmbeddingTargets,
    chunks: PendingChunk[],
    vectors: number[][],
    signal: AbortSignal,
  ): Promise<number> {
    const dimension = vectors[0]?.length ?? 0;
    if (!(await this.findModel(targets, signal))) await targets.confirmDimension(dimension, signal);
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
    if (rows.length > 0) this.refusedBy(targets).endRow();
    for (const one of made) if (!usable.includes(one)) this.refuse(targets, one.chunk);
    return stored;
  }

  private refusedBy({ model }: EmbeddingTargets): RefusedChunks {
    const refused = this.refused.get(model) ?? new RefusedChunks(this.clock);
    this.refused.set(model, refused);
    return refused;
  }

  /**
   * @param refusal the host's error; undefined when its vector cannot be compared
   * @throws TextsRefusedError
   */
  private refuse(targets: EmbeddingTargets, chunk: PendingChunk, refusal?: unknown): void {
    const refused = this.refusedBy(targets);
    const cause = refusal === undefined ? {} : { cause: causeOf(refusal) };
    if (refused.add(chunk.id))
      this.logger.warn({ event: 'chunk_not_embedded', chunk_id: chunk.id, ...cause });
    refused.checkRow();
  }
}

function textOf({ title, heading, text }: PendingChunk): string {
  return [title, heading, text].filter(Boolean).join('\n');
}
