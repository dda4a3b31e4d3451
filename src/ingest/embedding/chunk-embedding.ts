import { Inject, Injectable } from '@nestjs/common';
import { CorpusRepository } from '../../postgres/corpus/corpus.repository.ts';
import {
  EmbeddingsRepository,
  type EmbeddingModel,
  type PendingChunk,
} from '../../postgres/search/embeddings.repository.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import type { EmbeddingTargets } from '../../targets/embedding-targets.ts';
import { ChunkVectors } from './chunk-vectors.ts';
import { HighWaterMark } from './high-water-mark.ts';

/** Chunks read by one query. Raising it makes queries longer, up to their time limit. */
const CHUNKS_PER_READ = 2_000;

/** Chunks that are counted at most. Raised, counting during a long outage takes longer. */
const MAX_COUNTED = 10_000;

/** Finds the chunks without a vector, and embeds them. */
@Injectable()
export class ChunkEmbedding {
  /** By the name of the model, each with the id of its row. */
  private readonly marks = new Map<string, { modelId: number | undefined; mark: HighWaterMark }>();

  constructor(
    private readonly repository: EmbeddingsRepository,
    private readonly corpora: CorpusRepository,
    private readonly vectors: ChunkVectors,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Embeds the chunks of documents that have no vector of the targets' model. A failure keeps the vectors made before it.
   * @throws as `ChunkVectors.make`
   */
  async embedDocuments(
    targets: EmbeddingTargets,
    documents: { tenantId: string; documentIds: string[] },
    signal: AbortSignal,
  ): Promise<void> {
    await this.vectors.findModel(targets, signal);
    await this.embedPages(targets, { ...documents, after: '0' }, signal);
  }

  /**
   * Embeds every chunk that has no vector of the targets' model, and then those that were refused a while ago. A failure keeps
   * the vectors made before it. Reads the chunks since the last success, and all of them once an hour.
   * @param onStored called with the number of vectors that a batch has stored
   * @throws as `ChunkVectors.make`
   */
  async embedMissing(
    targets: EmbeddingTargets,
    signal: AbortSignal,
    onStored: (vectors: number) => void,
  ): Promise<void> {
    const mark = this.markOf(targets, await this.vectors.findModel(targets, signal));
    const horizon = await this.repository.readHorizon(signal);
    await this.embedPages(targets, { after: mark.begin() }, signal, onStored);
    mark.complete(horizon);
    const due = await this.vectors.dueChunks(targets, CHUNKS_PER_READ, signal);
    await this.embedAll(targets, due, signal, onStored);
  }

  /** The chunks without a vector of the targets' model: those that wait, counted up to 10,000, and those that were refused. */
  countMissing(
    targets: EmbeddingTargets,
    signal: AbortSignal,
  ): Promise<{ waiting: number; refused: number }> {
    const after = this.marks.get(targets.model)?.mark.current ?? '0';
    return this.repository.countMissing(targets.model, after, MAX_COUNTED, signal);
  }

  private async embedPages(
    targets: EmbeddingTargets,
    { after, ...scope }: { after: string; tenantId?: string; documentIds?: string[] },
    signal: AbortSignal,
    onStored: (vectors: number) => void = () => undefined,
  ): Promise<void> {
    for (let start: string | null = after; start !== null;) {
      const page = { size: CHUNKS_PER_READ, after: start };
      const found = await this.repository.pendingChunks(targets.model, scope, page, signal);
      start = found.last;
      await this.embedAll(targets, found.pending, signal, onStored);
    }
  }

  private async embedAll(
    targets: EmbeddingTargets,
    chunks: PendingChunk[],
    signal: AbortSignal,
    onStored: (vectors: number) => void,
  ): Promise<void> {
    const tenants = new Set<string>();
    try {
      await this.vectors.make(targets, chunks, signal, (embedded, stored) => {
        // Another instance may have stored all of these vectors already. Then nothing has changed.
        if (stored > 0) for (const { tenant_id } of embedded) tenants.add(tenant_id);
        onStored(stored);
      });
    } finally {
      // New vectors change search results, so answers and contexts made without them are no longer fresh.
      for (const tenant of tenants) await this.corpora.bump(tenant).catch(() => undefined);
    }
  }

  /** A row with another id was created anew: its vectors are all missing. */
  private markOf({ model }: EmbeddingTargets, row: EmbeddingModel | undefined): HighWaterMark {
    const known = this.marks.get(model);
    if (known && known.modelId === row?.id) return known.mark;
    const mark = new HighWaterMark(this.clock);
    this.marks.set(model, { modelId: row?.id, mark });
    return mark;
  }
}
