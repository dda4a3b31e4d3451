import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../connection/database.ts';
import { CorpusRepository, type CorpusChange } from './corpus.repository.ts';
import { diffChunks, type ChunkDiff, type NewChunk } from './chunk-diff.ts';
import { chooseLanguage, indexChunks, removeChunkTerms } from '../full-text/full-text.ts';

/** A document to store. `contentHash` covers everything that was sent. */
export interface NewDocument {
  id: string;
  title: string | null;
  url: string | null;
  format: string;
  text: string;
  metadata: Record<string, unknown>;
  contentHash: string;
  /** Whether it is part of the bundled documentation, which the first own document replaces. */
  bundled: boolean;
}

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

/** Rows per statement. Raising it brings statements closer to the database's time limit. */
const CHUNKS_PER_INSERT = 50;

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
   * store the same new document at once, one of them has created it.
   */
  async save(
    tenantId: string,
    document: NewDocument,
    chunks: NewChunk[],
    signal?: AbortSignal,
  ): Promise<CorpusChange & { status: StoredStatus }> {
    return this.corpus.write(
      tenantId,
      async (tx, revision) => {
        const status = await compareStored(tx, tenantId, document);
        if (status === 'unchanged') return { revision, deleted: [], status };
        const deleted = document.bundled ? [] : await deleteBundled(tx, tenantId, revision);
        await tx.query(
          `INSERT INTO documents (tenant_id, id, title, url, format, text, metadata, content_hash, bundled)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           ON CONFLICT (tenant_id, id) DO UPDATE SET title = excluded.title, url = excluded.url,
             format = excluded.format, text = excluded.text, metadata = excluded.metadata,
             content_hash = excluded.content_hash, bundled = excluded.bundled, updated_at = now()`,
          [
            tenantId,
            document.id,
            document.title,
            document.url,
            document.format,
            document.text,
            JSON.stringify(document.metadata),
            document.contentHash,
            document.bundled,
          ],
        );
        const stored = await tx.query<{ id: string; content_hash: string }>(
          `SELECT id::text, content_hash FROM chunks
           WHERE tenant_id = $1 AND document_id = $2 ORDER BY ordinal`,
          [tenantId, document.id],
        );
        await applyPlan(tx, tenantId, document, diffChunks(stored, chunks));
        return { revision, deleted, status };
      },
      signal,
    );
  }

  /** A page of documents in order of their ids. `after` is the last id of the previous page. */
  list(
    tenantId: string,
    model: string,
    page: { limit: number; after: string | null },
    signal?: AbortSignal,
  ): Promise<DocumentSummary[]> {
    return this.database.read<DocumentSummary>(
      `SELECT ${SUMMARY} FROM documents d ${CHUNK_COUNTS}
       WHERE d.tenant_id = $1 AND ($3::text IS NULL OR d.id > $3) ORDER BY d.id LIMIT $4`,
      [tenantId, model, page.after, page.limit],
      { signal },
    );
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

  /** Deletes a document with its chunks, terms and vectors. Returns undefined, without a new revision, when it does not exist. */
  async delete(tenantId: string, id: string, signal?: AbortSignal): Promise<CorpusChange | undefined> {
    const found = await this.database.read(
      'SELECT FROM documents WHERE tenant_id = $1 AND id = $2',
      [tenantId, id],
      { signal },
    );
    if (found.length === 0) return undefined;
    const work = async (tx: Transaction, revision: number) => {
      const deleted = await deleteDocuments(tx, tenantId, revision, [id]);
      return deleted.length > 0 ? { revision, deleted } : undefined;
    };
    return this.corpus.write(tenantId, work, signal);
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

/** @returns their ids */
async function deleteBundled(tx: Transaction, tenantId: string, revision: number): Promise<string[]> {
  const bundled = await tx.query<{ id: string }>(
    'SELECT id FROM documents WHERE tenant_id = $1 AND bundled',
    [tenantId],
  );
  const ids = bundled.map(({ id }) => id);
  return ids.length > 0 ? deleteDocuments(tx, tenantId, revision, ids) : [];
}

/** @returns the ids of the documents that existed */
async function deleteDocuments(
  tx: Transaction,
  tenantId: string,
  revision: number,
  ids: string[],
): Promise<string[]> {
  const chunks = await tx.query<{ id: string }>(
    'SELECT id::text FROM chunks WHERE tenant_id = $1 AND document_id = ANY($2::text[])',
    [tenantId, ids],
  );
  await removeChunkTerms(
    tx,
    tenantId,
    chunks.map(({ id }) => id),
  );
  const rows = await tx.query<{ document_id: string }>(
    `WITH gone AS (DELETE FROM documents WHERE tenant_id = $1 AND id = ANY($3::text[]) RETURNING id)
     INSERT INTO deleted_documents (tenant_id, document_id, revision) SELECT $1, id, $2::bigint FROM gone
     ON CONFLICT (tenant_id, document_id) DO UPDATE SET revision = excluded.revision, deleted_at = now()
     RETURNING document_id`,
    [tenantId, revision, ids],
  );
  return rows.map(({ document_id }) => document_id);
}

async function applyPlan(
  tx: Transaction,
  tenantId: string,
  document: NewDocument,
  plan: ChunkDiff,
): Promise<void> {
  if (plan.remove.length > 0) {
    await removeChunkTerms(tx, tenantId, plan.remove);
    await tx.query('DELETE FROM chunks WHERE tenant_id = $1 AND id = ANY($2::bigint[])', [
      tenantId,
      plan.remove,
    ]);
  }
  if (plan.keep.length > 0)
    await tx.query(
      `UPDATE chunks c SET ordinal = k.ordinal
       FROM unnest($2::bigint[], $3::int[]) AS k(id, ordinal)
       WHERE c.tenant_id = $1 AND c.id = k.id AND c.ordinal <> k.ordinal`,
      [tenantId, plan.keep.map((chunk) => chunk.id), plan.keep.map((chunk) => chunk.ordinal)],
    );
  if (plan.insert.length > 0) await insertChunks(tx, tenantId, document, plan.insert);
}

async function insertChunks(
  tx: Transaction,
  tenantId: string,
  { id, title }: NewDocument,
  chunks: NewChunk[],
): Promise<void> {
  const parts = chunks.flatMap(({ heading, text }) => [title, heading, text]);
  const language = await chooseLanguage(tx, tenantId, parts.filter(Boolean).join('\n'));
  // SQL does not promise that rows are returned in the order in which they are inserted.
  const idsByOrdinal = new Map<number, string>();
  for (let start = 0; start < chunks.length; start += CHUNKS_PER_INSERT) {
    const slice = chunks.slice(start, start + CHUNKS_PER_INSERT);
    const rows = await tx.query<{ id: string; ordinal: number }>(
      `INSERT INTO chunks (tenant_id, document_id, ordinal, heading, text, tokens, content_hash)
       SELECT $1, $2, ordinal, heading, text, tokens, content_hash
       FROM unnest($3::int[], $4::text[], $5::text[], $6::int[], $7::text[])
         AS c(ordinal, heading, text, tokens, content_hash)
       ORDER BY ordinal RETURNING id::text, ordinal`,
      [
        tenantId,
        id,
        slice.map((chunk) => chunk.ordinal),
        slice.map((chunk) => chunk.heading),
        slice.map((chunk) => chunk.text),
        slice.map((chunk) => chunk.tokens),
        slice.map((chunk) => chunk.contentHash),
      ],
    );
    for (const row of rows) idsByOrdinal.set(row.ordinal, row.id);
  }
  const inserted = chunks.map((chunk) => ({ ...chunk, id: idsByOrdinal.get(chunk.ordinal) ?? '', title }));
  await indexChunks(tx, tenantId, language, inserted);
}
