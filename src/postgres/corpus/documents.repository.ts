import { Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Database, type Transaction } from '../connection/database.ts';
import { CorpusRepository, type CorpusChange } from './corpus.repository.ts';
import { diffChunks, slicesOf, type NewChunk } from './chunk-diff.ts';
import {
  applySlice,
  chooseLanguageOf,
  deleteBundled,
  deleteDocuments,
  toPartialHash,
  removeSomeChunks,
  saveRow,
  type NewDocument,
} from './document-rows.ts';

/** The result of storing a document. */
export type StoredStatus = 'created' | 'updated' | 'unchanged';

/** A document in a list. */
export interface DocumentSummary {
  id: string;
  title: string | null;
  url: string | null;
  format: string;
  metadata: Record<string, unknown>;
  chunks: number;
  /** Chunks without a vector of the serving model. */
  pending: number;
  created_at: string;
  updated_at: string;
}

/** Which documents a list shows. */
export interface DocumentRange {
  limit: number;
  /** The last id of the previous page. */
  after: string | null;
  /** Parts that the id and the title contain together, in any case; null for every document. */
  words: string[] | null;
}

/** A chunk of a document. */
export interface DocumentChunk {
  document_id: string;
  chunk_id: string;
  title: string | null;
  url: string | null;
  /** The path of headings above the chunk. */
  heading: string | null;
  text: string;
}

const SUMMARY = `
  d.id, d.title, d.url, d.format, d.metadata,
  to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
  to_char(d.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at,
  c.chunks, c.pending`;

/** Counts the chunks of the document `d`, and those without a vector of the model named by the second parameter. */
const CHUNK_COUNTS = `CROSS JOIN LATERAL (
  SELECT cardinality(ids) AS chunks, cardinality(ids) - (
    SELECT count(*)::int FROM chunk_embeddings
    WHERE tenant_id = d.tenant_id AND chunk_id = ANY(ids)
      AND model_id = (SELECT id FROM embedding_models WHERE name = $2)) AS pending
  FROM (
    SELECT ARRAY(SELECT id FROM chunks WHERE tenant_id = d.tenant_id AND document_id = d.id) AS ids OFFSET 0
  ) AS of_document
) AS c`;

/**
 * The most chunks written in one transaction. Raised, others wait longer for their turn; lowered, a long document takes more
 * transactions.
 */
const MOST_CHUNKS_AT_ONCE = { shared: 500, alone: 50 };

/** Stores documents and their chunks. Every write increments the tenant's corpus revision in the same transaction. */
@Injectable()
export class DocumentsRepository {
  constructor(
    private readonly database: Database,
    private readonly corpus: CorpusRepository,
  ) {}

  /** The content hashes of the existing documents among these ids, either bundled or own ones. */
  async contentHashes(
    tenantId: string,
    ids: string[],
    bundled: boolean,
    signal?: AbortSignal,
  ): Promise<Map<string, string>> {
    const rows = await this.database.read<{ id: string; content_hash: string }>(
      'SELECT id, content_hash FROM documents WHERE tenant_id = $1 AND id = ANY($2) AND bundled = $3',
      [tenantId, ids, bundled],
      { signal },
    );
    return new Map(rows.map((row) => [row.id, row.content_hash]));
  }

  /**
   * Stores a document completely. Chunks whose content is already stored keep their ids and vectors. When several callers
   * store the same new document at once, one of them has created it. A long document is stored in several transactions, so
   * that others take turns: until the last one it is found in part, and counts as changed. Whoever stores or deletes it
   * meanwhile takes it over.
   */
  async save(
    tenantId: string,
    document: NewDocument,
    chunks: NewChunk[],
    signal?: AbortSignal,
  ): Promise<CorpusChange & { status: StoredStatus }> {
    const first = await this.corpus.write(
      tenantId,
      async (tx, revision) => {
        const status = await compareStored(tx, tenantId, document);
        if (status === 'unchanged') return { revision, deleted: [], status, rest: [] };
        const deleted = document.bundled ? [] : await deleteBundled(tx, tenantId, revision);
        const stored = await tx.query<{ id: string; content_hash: string }>(
          `SELECT id::text, content_hash FROM chunks
           WHERE tenant_id = $1 AND document_id = $2 ORDER BY ordinal`,
          [tenantId, document.id],
        );
        const plan = diffChunks(stored, chunks);
        const language = await chooseLanguageOf(tx, tenantId, document, plan.insert);
        const slices = slicesOf(plan, chunksAtOnce(this.database));
        // The text of a long document takes long enough by itself.
        const rest = slices.length > 1 ? slices : [];
        const [slice] = rest.length > 0 ? [] : slices;
        const contentHash = rest.length === 0 ? document.contentHash : toPartialHash(document.contentHash);
        await saveRow(tx, tenantId, { ...document, contentHash });
        if (slice) await applySlice(tx, tenantId, { ...document, language }, slice);
        return { revision, deleted, status, language, rest };
      },
      signal,
    );
    let { revision } = first;
    for (const [index, slice] of first.rest.entries()) {
      // Whoever waits comes first.
      await nextTurn();
      const isLast = index === first.rest.length - 1;
      const isOurs = await this.corpus.write(
        tenantId,
        async (tx, later) => {
          const contentHash = isLast ? document.contentHash : toPartialHash(document.contentHash);
          const found = await tx.query(
            'UPDATE documents SET content_hash = $4 WHERE tenant_id = $1 AND id = $2 AND content_hash = $3 RETURNING id',
            [tenantId, document.id, toPartialHash(document.contentHash), contentHash],
          );
          if (found.length === 0) return false;
          await applySlice(tx, tenantId, { ...document, language: first.language ?? 'english' }, slice);
          revision = later;
          return true;
        },
        signal,
      );
      if (!isOurs) break;
    }
    return { revision, deleted: first.deleted, status: first.status };
  }

  /** A page of documents in order of their ids. */
  list(
    tenantId: string,
    model: string,
    { limit, after, words }: DocumentRange,
    signal?: AbortSignal,
  ): Promise<DocumentSummary[]> {
    return this.database.read<DocumentSummary>(
      `SELECT ${SUMMARY} FROM (
         SELECT * FROM documents
         WHERE tenant_id = $1 AND ($3::text IS NULL OR id > $3) AND ($5::text[] IS NULL OR NOT EXISTS (
           SELECT FROM unnest($5::text[]) AS word WHERE strpos(lower(concat(id, ' ', title)), lower(word)) = 0))
         ORDER BY id LIMIT $4
       ) AS d ${CHUNK_COUNTS} ORDER BY d.id`,
      [tenantId, model, after, limit, words],
      { signal },
    );
  }

  /** A document without its text; undefined when it does not exist. */
  async summarize(
    tenantId: string,
    model: string,
    id: string,
    signal?: AbortSignal,
  ): Promise<DocumentSummary | undefined> {
    const rows = await this.database.read<DocumentSummary>(
      `SELECT ${SUMMARY} FROM documents d ${CHUNK_COUNTS} WHERE d.tenant_id = $1 AND d.id = $3`,
      [tenantId, model, id],
      { signal },
    );
    return rows[0];
  }

  /** A document with its text; undefined when it does not exist. */
  async find(
    tenantId: string,
    model: string,
    id: string,
    signal?: AbortSignal,
  ): Promise<(DocumentSummary & { text: string }) | undefined> {
    const rows = await this.database.read<DocumentSummary & { text: string }>(
      `SELECT ${SUMMARY}, d.text FROM documents d ${CHUNK_COUNTS} WHERE d.tenant_id = $1 AND d.id = $3`,
      [tenantId, model, id],
      { signal },
    );
    return rows[0];
  }

  /**
   * A chunk with up to `reach` chunks before and after it, in the document's order; none when it does not exist.
   * @param chunkId a whole number that fits a bigint
   */
  findChunk(
    tenantId: string,
    chunkId: string,
    reach: number,
    signal?: AbortSignal,
  ): Promise<DocumentChunk[]> {
    return this.database.read<DocumentChunk>(
      `SELECT d.id AS document_id, c.id::text AS chunk_id, d.title, d.url, c.heading, c.text
       FROM (SELECT document_id, ordinal FROM chunks WHERE tenant_id = $1 AND id = $2 OFFSET 0) AS found
       CROSS JOIN LATERAL (
         SELECT id, title, url FROM documents WHERE tenant_id = $1 AND id = found.document_id OFFSET 0) AS d
       CROSS JOIN LATERAL (
         SELECT id, ordinal, heading, text FROM chunks
         WHERE tenant_id = $1 AND document_id = found.document_id
           AND ordinal BETWEEN found.ordinal - $3::int AND found.ordinal + $3::int OFFSET 0) AS c
       ORDER BY c.ordinal, c.id`,
      [tenantId, chunkId, reach],
      { signal },
    );
  }

  /**
   * Deletes a document with its chunks, terms and vectors; a long one in several transactions. Returns undefined, without a
   * new revision, when it does not exist.
   */
  async delete(tenantId: string, id: string, signal?: AbortSignal): Promise<CorpusChange | undefined> {
    const found = await this.database.read(
      'SELECT FROM documents WHERE tenant_id = $1 AND id = $2',
      [tenantId, id],
      { signal },
    );
    if (found.length === 0) return undefined;
    const work = async (tx: Transaction, revision: number) => {
      if (await removeSomeChunks(tx, tenantId, id, chunksAtOnce(this.database))) return 'more';
      const deleted = await deleteDocuments(tx, tenantId, revision, [id]);
      return deleted.length > 0 ? { revision, deleted } : undefined;
    };
    for (;;) {
      const change = await this.corpus.write(tenantId, work, signal);
      if (change !== 'more') return change;
      await nextTurn();
    }
  }

  /** The number of chunks of these documents, and how many of them lack a vector of the model. */
  async chunkStates(
    tenantId: string,
    model: string,
    ids: string[],
    signal?: AbortSignal,
  ): Promise<Map<string, { chunks: number; pending: number }>> {
    const rows = await this.database.read<{ id: string; chunks: number; pending: number }>(
      `SELECT d.id, c.chunks, c.pending FROM documents d ${CHUNK_COUNTS}
       WHERE d.tenant_id = $1 AND d.id = ANY($3)`,
      [tenantId, model, ids],
      { signal },
    );
    return new Map(rows.map(({ id, ...state }) => [id, state]));
  }

  /** Whether any document of any tenant exists. */
  async isEmpty(signal?: AbortSignal): Promise<boolean> {
    const rows = await this.database.read('SELECT FROM documents LIMIT 1', [], { signal });
    return rows.length === 0;
  }
}

/** Says what storing the document would do. */
async function compareStored(
  tx: Transaction,
  tenantId: string,
  { id, contentHash, bundled }: NewDocument,
): Promise<StoredStatus> {
  const [stored] = await tx.query<{ content_hash: string }>(
    'SELECT content_hash FROM documents WHERE tenant_id = $1 AND id = $2 AND bundled = $3',
    [tenantId, id, bundled],
  );
  if (!stored) return 'created';
  return stored.content_hash === contentHash ? 'unchanged' : 'updated';
}

/** Chunks written in one transaction: on a database of one connection every question waits for it. */
function chunksAtOnce({ isShared }: Database): number {
  return isShared ? MOST_CHUNKS_AT_ONCE.shared : MOST_CHUNKS_AT_ONCE.alone;
}
