import { Injectable } from '@nestjs/common';
import { AppError } from '../../http/app-error.ts';
import { ChunksRepository, type ListedChunk } from '../../postgres/corpus/chunks.repository.ts';
import { DocumentsRepository } from '../../postgres/corpus/documents.repository.ts';
import { isStorable } from '../../schemas/fields.ts';
import { EmbeddingBackfill } from '../embedding/embedding-backfill.ts';
import type { ChunkPage, ChunksQuery } from './chunks.schema.ts';

/** Chunks of one page of the list. Raised, a page takes longer. */
const PAGE = 20;

/** Lists what a document was split into. */
@Injectable()
export class ChunkListing {
  constructor(
    private readonly documents: DocumentsRepository,
    private readonly chunks: ChunksRepository,
    private readonly backfill: EmbeddingBackfill,
  ) {}

  /** A page of chunks with their document. @throws AppError `not_found`; a database error; the signal's reason */
  async list(tenantId: string, query: ChunksQuery, signal: AbortSignal): Promise<ChunkPage> {
    const { document_id: id, limit = PAGE, cursor, embedding = null } = query;
    const { model } = this.backfill;
    const document = isStorable(id) ? await this.documents.summarize(tenantId, model, id, signal) : undefined;
    if (!document) throw new AppError('not_found', { message: 'There is no such document.' });
    const page = { limit: limit + 1, after: Number(cursor ?? -1), embedding };
    const rows = await this.chunks.list(tenantId, model, id, page, signal);
    const shown = rows.slice(0, limit);
    const { pending, ...summary } = document;
    return {
      document: { ...summary, embedded: document.chunks - pending },
      chunks: shown.map(showChunk),
      next: rows.length > limit ? String(shown.at(-1)?.ordinal) : null,
    };
  }
}

function showChunk({ refusal, ...chunk }: ListedChunk): ChunkPage['chunks'][number] {
  return refusal ? { ...chunk, refusal } : chunk;
}
