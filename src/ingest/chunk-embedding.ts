import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { MAX_TEXTS_PER_CALL } from '../huggingface/embedder.ts';
import { classifyError } from '../huggingface/classify.ts';
import { CorpusRepository } from '../postgres/corpus.repository.ts';
import { EmbeddingsRepository, type PendingChunk } from '../postgres/embeddings.repository.ts';
import { EmbeddingTargets } from '../targets/embedding-targets.ts';
import { LOGGER } from '../telemetry/logger.ts';

/** Which chunks to embed; all of them when nothing is said. */
export interface EmbeddingScope {
  tenantId?: string;
  documentIds?: string[];
}

/** Chunks fetched with one query and embedded in several calls. */
const CHUNKS_PER_READ = 10 * MAX_TEXTS_PER_CALL;

/** Makes the vectors of chunks that have none. */
@Injectable()
export class ChunkEmbedding {
  /** Chunks that the service will not take: they stay findable by full text. Forgotten with the process. */
  private readonly refused = new Set<string>();

  constructor(
    private readonly targets: EmbeddingTargets,
    private readonly repository: EmbeddingsRepository,
    private readonly corpora: CorpusRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** The name under which the vectors are stored. */
  get model(): string {
    return this.targets.model;
  }

  /**
   * Embeds every chunk in scope that has no vector; what was done before a failure is kept.
   * @throws the embedding service's, the database's or the signal's error
   */
  async embedAll(scope: EmbeddingScope, signal: AbortSignal): Promise<void> {
    const tenants = new Set<string>();
    try {
      for (;;) {
        const exclude = [...this.refused];
        const limits = { ...scope, exclude, limit: CHUNKS_PER_READ };
        const pending = await this.repository.pendingChunks(this.model, limits, signal);
        if (pending.length === 0) return;
        for (let start = 0; start < pending.length; start += MAX_TEXTS_PER_CALL) {
          const batch = pending.slice(start, start + MAX_TEXTS_PER_CALL);
          await this.embedBatch(batch, signal);
          for (const chunk of batch) tenants.add(chunk.tenant_id);
        }
      }
    } finally {
      // New vectors change what is found, so answers and contexts made without them are no longer fresh.
      for (const tenant of tenants) await this.corpora.bump(tenant).catch(() => undefined);
    }
  }

  private async embedBatch(batch: PendingChunk[], signal: AbortSignal): Promise<void> {
    try {
      const vectors = await this.targets.embed(batch.map(textOf), signal);
      const model = await this.repository.registerModel(this.model, vectors[0]?.length ?? 0, signal);
      const rows = batch.map((chunk, index) => ({ chunkId: chunk.id, embedding: vectors[index] ?? [] }));
      await this.repository.save(model, rows, signal);
    } catch (error) {
      if (classifyError(error).errorType !== 'invalid_request') throw error;
      const [only] = batch;
      if (batch.length === 1 && only) return this.refuse(only);
      for (const chunk of batch) await this.embedBatch([chunk], signal);
    }
  }

  private refuse(chunk: PendingChunk): void {
    this.refused.add(chunk.id);
    this.logger.warn({ event: 'chunk_not_embedded', chunk_id: chunk.id });
  }
}

function textOf({ title, heading, text }: PendingChunk): string {
  return [title, heading, text].filter(Boolean).join('\n');
}
