import type { Transaction } from '../connection/database.ts';
import { chooseLanguage, indexChunks, removeChunkTerms } from '../full-text/full-text.ts';
import type { Language } from '../../text/language.ts';
import type { ChunkDiff, NewChunk } from './chunk-diff.ts';

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

/** Rows per statement. Raising it brings statements closer to the database's time limit. */
const CHUNKS_PER_INSERT = 50;

/** The content hash of a document of which a part is stored or deleted: it equals that of no document. */
export function toPartialHash(contentHash: string): string {
  return `partial ${contentHash}`;
}

/** The language in which new chunks of a document are parsed. */
export function chooseLanguageOf(
  tx: Transaction,
  tenantId: string,
  { title }: NewDocument,
  chunks: NewChunk[],
): Promise<Language> {
  const parts = chunks.flatMap(({ heading, text }) => [title, heading, text]);
  return chooseLanguage(tx, tenantId, parts.filter(Boolean).join('\n'));
}

/** Stores a document without its chunks. */
export async function saveRow(tx: Transaction, tenantId: string, document: NewDocument): Promise<void> {
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
}

/**
 * Removes some chunks of a document that has more than `most`, and marks it as stored in part.
 * @returns whether there were more
 */
export async function removeSomeChunks(
  tx: Transaction,
  tenantId: string,
  id: string,
  most: number,
): Promise<boolean> {
  const found = await tx.query<{ id: string }>(
    'SELECT id::text FROM chunks WHERE tenant_id = $1 AND document_id = $2 LIMIT $3',
    [tenantId, id, most + 1],
  );
  if (found.length <= most) return false;
  await tx.query('UPDATE documents SET content_hash = $3 WHERE tenant_id = $1 AND id = $2', [
    tenantId,
    id,
    toPartialHash(''),
  ]);
  await removeChunks(
    tx,
    tenantId,
    found.slice(0, most).map((chunk) => chunk.id),
  );
  return true;
}

async function removeChunks(tx: Transaction, tenantId: string, ids: string[]): Promise<void> {
  await removeChunkTerms(tx, tenantId, ids);
  await tx.query('DELETE FROM chunks WHERE tenant_id = $1 AND id = ANY($2::bigint[])', [tenantId, ids]);
}

/** Deletes the bundled documentation. @returns the ids of its documents */
export async function deleteBundled(tx: Transaction, tenantId: string, revision: number): Promise<string[]> {
  const bundled = await tx.query<{ id: string }>(
    'SELECT id FROM documents WHERE tenant_id = $1 AND bundled',
    [tenantId],
  );
  const ids = bundled.map(({ id }) => id);
  return ids.length > 0 ? deleteDocuments(tx, tenantId, revision, ids) : [];
}

/** Deletes documents with everything that belongs to them. @returns the ids of those that existed */
export async function deleteDocuments(
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
     ON CONFLICT (tenant_id, document_id) DO UPDATE SET revision = excluded.revision, deleted_at = now(), purged = false
     RETURNING document_id`,
    [tenantId, revision, ids],
  );
  return rows.map(({ document_id }) => document_id);
}

/** Changes the chunks of a document. */
export async function applySlice(
  tx: Transaction,
  tenantId: string,
  document: NewDocument & { language: Language },
  plan: ChunkDiff,
): Promise<void> {
  if (plan.remove.length > 0) await removeChunks(tx, tenantId, plan.remove);
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
  { id, title, language }: NewDocument & { language: Language },
  chunks: NewChunk[],
): Promise<void> {
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
