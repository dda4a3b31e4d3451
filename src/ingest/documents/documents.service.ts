import { Injectable } from '@nestjs/common';
import { AppError } from '../../http/app-error.ts';
import { CorpusRevisionCache } from '../../postgres/corpus/corpus-revision-cache.ts';
import type { NewChunk } from '../../postgres/corpus/chunk-diff.ts';
import { DocumentsRepository, type StoredStatus } from '../../postgres/corpus/documents.repository.ts';
import type { NewDocument } from '../../postgres/corpus/document-rows.ts';
import { EmbeddingRefusalsRepository } from '../../postgres/search/embedding-refusals.repository.ts';
import { isStorable } from '../../schemas/fields.ts';
import { Chunker } from './chunker.ts';
import type { DocumentBody, DocumentPage, DocumentResponse, IngestedDocument } from './documents.schema.ts';
import { EmbeddingBackfill } from '../embedding/embedding-backfill.ts';
import { joinMetadata, toDocument } from './document-preparation.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';

/** Which part of the list. `cursor` is the end of the page before. `search` has parts of the id and the title. */
interface PageRange {
  limit: number;
  cursor: string | undefined;
  search: string | undefined;
}

/** Stores, lists and deletes documents. */
@Injectable()
export class DocumentsService {
  constructor(
    private readonly documents: DocumentsRepository,
    private readonly corpora: CorpusRevisionCache,
    private readonly backfill: EmbeddingBackfill,
    private readonly cutter: Chunker,
    private readonly refusals: EmbeddingRefusalsRepository,
  ) {}

  /**
   * Stores documents one after the other, and embeds new chunks. Full text finds them at once. Chunks that cannot be embedded
   * now are embedded in the background. A failure leaves the documents before it stored, and a long one in part: whoever
   * sends the document again completes it.
   * @throws AppError `invalid_request` before anything is stored when one cannot be read; a database error; the signal's
   * reason
   */
  async ingest(
    tenantId: string,
    bodies: DocumentBody[],
    options: { bundled?: boolean; signal?: AbortSignal } = {},
  ): Promise<IngestedDocument[]> {
    const { signal = new AbortController().signal, bundled = false } = options;
    const documents: NewDocument[] = [];
    for (const body of bodies) documents.push(await toDocument(body, bundled, signal));
    const ids = documents.map(({ id }) => id);
    const stored = await this.documents.contentHashes(tenantId, ids, bundled, signal);
    const changed = documents.filter(({ id, contentHash }) => stored.get(id) !== contentHash);
    const prepared: [NewDocument, NewChunk[]][] = [];
    for (const document of changed)
      prepared.push([document, await this.cut(document, documents.indexOf(document), signal)]);
    const statuses = new Map<NewDocument, StoredStatus>();
    if (prepared.length > 0)
      await this.corpora.track(tenantId, async (note) => {
        for (const [document, chunks] of prepared) {
          const { status, ...change } = await this.documents.save(tenantId, document, chunks, signal);
          note(change);
          statuses.set(document, status);
        }
      });
    await this.backfill.embedNow(
      tenantId,
      changed.map(({ id }) => id),
      signal,
    );
    const states = await this.documents.chunkStates(tenantId, this.backfill.model, ids, signal);
    return documents.map((document) => ({
      id: document.id,
      status: statuses.get(document) ?? 'unchanged',
      chunks: states.get(document.id)?.chunks ?? 0,
      embedding: (states.get(document.id)?.pending ?? 0) > 0 ? 'pending' : 'ready',
    }));
  }

  /** A page of documents with the cursor of the next page; null on the last page. */
  async list(
    tenantId: string,
    { limit, cursor, search }: PageRange,
    signal: AbortSignal,
  ): Promise<DocumentPage> {
    const after = cursor === undefined ? null : Buffer.from(cursor, 'base64url').toString();
    if (after !== null && (after.includes('\0') || after.includes('\uFFFD')))
      throw new AppError('invalid_request', {
        details: [{ path: 'cursor', message: 'is not a valid cursor' }],
      });
    const page = { limit: limit + 1, after, words: search?.split(/\s+/) ?? null };
    const rows = await this.documents.list(tenantId, this.backfill.model, page, signal);
    const documents = rows.slice(0, limit).map(showDocument);
    const last = documents.at(-1);
    const next = rows.length > limit && last ? Buffer.from(last.id).toString('base64url') : null;
    return { documents, next };
  }

  /** A document with its text, and the chunks of which the embedding hosts made no vector. @throws AppError `not_found` */
  async get(tenantId: string, id: string, signal: AbortSignal): Promise<DocumentResponse> {
    const document = isStorable(id)
      ? await this.documents.find(tenantId, this.backfill.model, id, signal)
      : undefined;
    if (!document) throw notFound();
    const refused = await this.refusals.ofDocument(tenantId, this.backfill.model, id, signal);
    return { ...showDocument(document), ...(refused.length > 0 ? { refused_chunks: refused } : {}) };
  }

  /** @throws AppError `not_found` */
  async delete(tenantId: string, id: string, signal: AbortSignal): Promise<void> {
    if (!isStorable(id)) throw notFound();
    const isDeleted = await this.corpora.track(tenantId, async (note) => {
      const change = await this.documents.delete(tenantId, id, signal);
      if (change) note(change);
      return change !== undefined;
    });
    if (!isDeleted) throw notFound();
  }

  private async cut(document: NewDocument, index: number, signal: AbortSignal): Promise<NewChunk[]> {
    try {
      const { title, metadata, chunks } = await this.cutter.chunk(document, signal);
      document.title = title;
      document.metadata = joinMetadata(document.metadata, metadata);
      if (chunks.length > 0) return chunks;
    } catch (error) {
      if (!(error instanceof UnreadableDocumentError)) throw error;
      throw unreadable(index, error.message);
    }
    throw unreadable(index, 'contains no text');
  }
}

function showDocument<T extends { pending: number }>({ pending, ...document }: T) {
  return { ...document, embedding: pending > 0 ? ('pending' as const) : ('ready' as const) };
}

function unreadable(index: number, message: string): AppError {
  return new AppError('invalid_request', { details: [{ path: `documents.${index}.text`, message }] });
}

function notFound(): AppError {
  return new AppError('not_found', { message: 'There is no such document.' });
}
