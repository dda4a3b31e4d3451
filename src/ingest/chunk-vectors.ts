import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { classifyError } from '../huggingface/classify.ts';
import { hasDirection } from '../huggingface/vectors.ts';
import {
  EmbeddingsRepository,
  type EmbeddingModel,
  type PendingChunk,
} from '../postgres/embeddings.repository.ts';
import type { EmbeddingTargets } from '../targets/embedding-targets.ts';
import { LOGGER } from '../telemetry/logger.ts';

/** Makes and stores the vectors of a few chunks at a time. */
@Injectable()
export class ChunkVectors {
  /**
   * Chunks that the services will not take, or give no usable vector of, by model: they stay findable by full text.
   * Forgotten with the process.
   */
  private readonly refused = new Map<string, Set<string>>();

  constructor(
    private readonly repository: EmbeddingsRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The model's row, if vectors of it are stored; its hosts are held to their length from now on. @throws a database error */
  async findModel(targets: EmbeddingTargets, signal: AbortSignal): Promise<EmbeddingModel | undefined> {
    const model = await this.repository.findModel(targets.model, signal);
    targets.expectDimension(model?.dimension);
    return model;
  }

  /** The chunks that the model's hosts refused. */
  refusedBy({ model }: EmbeddingTargets): string[] {
    return [...(this.refused.get(model) ?? [])];
  }

  /** Those of the chunks that the model's hosts have not refused. */
  withoutRefused({ model }: EmbeddingTargets, chunks: PendingChunk[]): PendingChunk[] {
    return chunks.filter(({ id }) => !this.refused.get(model)?.has(id));
  }

  /**
   * Embeds chunks, at most as many as one call takes, and stores their vectors. One that the host refuses costs its own vector.
   * @returns how many vectors were stored
   * @throws the embedding service's, the database's or the signal's error
   */
  async make(targets: EmbeddingTargets, chunks: PendingChunk[], signal: AbortSignal): Promise<number> {
    const vectors = await this.embed(targets, chunks.map(textOf), signal);
    if (vectors) return this.store(targets, chunks, vectors, signal);
    const [only] = chunks;
    let stored = 0;
    if (chunks.length === 1 && only) this.refuse(targets, only);
    else for (const chunk of chunks) stored += await this.make(targets, [chunk], signal);
    return stored;
  }

  /** @returns undefined when the host refuses one of the texts */
  private async embed(
    targets: EmbeddingTargets,
    texts: string[],
    signal: AbortSignal,
  ): Promise<number[][] | undefined> {
    try {
      return await targets.embed(texts, signal);
    } catch (error) {
      if (classifyError(error).errorType !== 'invalid_request') throw error;
      return undefined;
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
    const rows = usable.map(({ chunk, embedding }) => ({ chunkId: chunk.id, embedding }));
    const stored = await this.repository.save(model, rows, signal);
    for (const one of made) if (!usable.includes(one)) this.refuse(targets, one.chunk);
    return stored;
  }

  private refuse({ model }: EmbeddingTargets, chunk: PendingChunk): void {
    this.refused.set(model, (this.refused.get(model) ?? new Set()).add(chunk.id));
    this.logger.warn({ event: 'chunk_not_embedded', chunk_id: chunk.id });
  }
}

function textOf({ title, heading, text }: PendingChunk): string {
  return [title, heading, text].filter(Boolean).join('\n');
}
