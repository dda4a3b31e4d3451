import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { causeOf } from '../errors/cause-of.ts';
import { MAX_TEXTS_PER_CALL } from '../huggingface/embedder.ts';
import { classifyError } from '../huggingface/classify.ts';
import { hasDirection } from '../huggingface/vectors.ts';
import { CorpusRepository } from '../postgres/corpus.repository.ts';
import { EmbeddingsRepository, type PendingChunk } from '../postgres/embeddings.repository.ts';
import type { EmbeddingTargets } from '../targets/embedding-targets.ts';
import { LOGGER } from '../telemetry/logger.ts';

/** Which chunks to embed; all of them when nothing is said. */
export interface EmbeddingScope {
  tenantId?: string;
  documentIds?: string[];
}

/** Chunks looked at with one query, far below its time limit however many there are in all. */
const CHUNKS_PER_READ = 2_000;
const CHUNKS_PER_REPORT = 10 * MAX_TEXTS_PER_CALL;

/** Makes the vectors of chunks that have none. */
@Injectable()
export class ChunkEmbedding {
  /**
   * Chunks that the services will not take, or give no usable vector of, by model: they stay findable by full text.
   * Forgotten with the process.
   */
  private readonly refused = new Map<string, Set<string>>();

  constructor(
    private readonly repository: EmbeddingsRepository,
    private readonly corpora: CorpusRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The chunks that the model's hosts refused. */
  refusedBy({ model }: EmbeddingTargets): string[] {
    return [...(this.refused.get(model) ?? [])];
  }

  /**
   * Embeds every chunk in scope that has no vector of the targets' model; what was done before a failure is kept.
   * @param onProgress called every few hundred chunks, and at the end
   * @throws the embedding service's, the database's or the signal's error, or what `onProgress` threw
   */
  async embedAll(
    targets: EmbeddingTargets,
    scope: EmbeddingScope,
    signal: AbortSignal,
    onProgress: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    const tenants = new Set<string>();
    try {
      for (let after: string | null = '0'; after !== null;) {
        await onProgress();
        const wanted = { ...scope, exclude: this.refusedBy(targets) };
        const page = { size: CHUNKS_PER_READ, after };
        const { pending, last } = await this.repository.pendingChunks(targets.model, wanted, page, signal);
        after = last;
        for (let start = 0; start < pending.length; start += MAX_TEXTS_PER_CALL) {
          if (start > 0 && start % CHUNKS_PER_REPORT === 0) await onProgress();
          const batch = pending.slice(start, start + MAX_TEXTS_PER_CALL);
          // Another that was at the same chunks may have stored all: then nothing has changed since it said so.
          if ((await this.embedBatch(targets, batch, signal)) > 0)
            for (const chunk of batch) tenants.add(chunk.tenant_id);
        }
      }
    } finally {
      // New vectors change what is found, so answers and contexts made without them are no longer fresh. The guard of the
      // database has logged what failed.
      for (const tenant of tenants) await this.corpora.bump(tenant).catch(() => undefined);
    }
  }

  /** @returns how many vectors were stored */
  private async embedBatch(
    targets: EmbeddingTargets,
    batch: PendingChunk[],
    signal: AbortSignal,
  ): Promise<number> {
    try {
      const vectors = await targets.embed(batch.map(textOf), signal);
      const model = await this.repository.registerModel(targets.model, vectors[0]?.length ?? 0, signal);
      const rows = batch.flatMap((chunk, index) => {
        const embedding = vectors[index] ?? [];
        if (hasDirection(embedding)) return [{ chunkId: chunk.id, embedding }];
        this.refuse(targets, chunk);
        return [];
      });
      return await this.repository.save(model, rows, signal);
    } catch (error) {
      if (classifyError(error).errorType !== 'invalid_request') throw error;
      const [only] = batch;
      let stored = 0;
      if (batch.length === 1 && only) this.refuse(targets, only, error);
      else for (const chunk of batch) stored += await this.embedBatch(targets, [chunk], signal);
      return stored;
    }
  }

  /** @param error what the model said; left out when its vector cannot be compared */
  private refuse({ model }: EmbeddingTargets, chunk: PendingChunk, error?: unknown): void {
    this.refused.set(model, (this.refused.get(model) ?? new Set()).add(chunk.id));
    const why = error === undefined ? {} : { cause: causeOf(error) };
    this.logger.warn({ event: 'chunk_not_embedded', chunk_id: chunk.id, ...why });
  }
}

function textOf({ title, heading, text }: PendingChunk): string {
  return [title, heading, text].filter(Boolean).join('\n');
}
