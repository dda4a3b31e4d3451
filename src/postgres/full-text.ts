import type { Transaction } from './database.ts';
import { detectLanguage, type Language } from './language.ts';
import { toSearchableText } from './searchable-text.ts';

/** Chunks whose terms are forgotten with one statement: keeps each statement far below the database's time limit. */
const CHUNKS_PER_DELETE = 100;

/**
 * The language in which a document is parsed: its own, or when that cannot be told, as of a table or a list of names, the
 * one that most of the tenant's chunks are in.
 */
export async function chooseLanguage(tx: Transaction, tenantId: string, text: string): Promise<Language> {
  const own = detectLanguage(text);
  if (own !== undefined && own !== 'simple') return own;
  const [usual] = await tx.query<{ language: Language }>(
    `SELECT language FROM corpus_languages WHERE tenant_id = $1 AND language <> 'simple' AND chunks > 0
     ORDER BY chunks DESC, language LIMIT 1`,
    [tenantId],
  );
  return usual?.language ?? own ?? 'english';
}

/** Makes chunks findable by their words; the tenant's row in `corpora` must be locked. */
export async function indexChunks(
  tx: Transaction,
  tenantId: string,
  language: Language,
  chunks: { ids: string[]; texts: string[] },
): Promise<void> {
  await tx.query(
    `SELECT index_chunk_terms($1, $2::text, $3::bigint[], ARRAY(
       SELECT to_tsvector($2::text::regconfig, text)
       FROM unnest($4::text[]) WITH ORDINALITY AS t (text, place) ORDER BY place))`,
    [tenantId, language, chunks.ids, chunks.texts.map(toSearchableText)],
  );
}

/**
 * Takes chunks out of the full text. They would go with their documents, too, but one by one, which takes the time
 * squared.
 */
export async function forgetTerms(tx: Transaction, chunkIds: string[]): Promise<void> {
  for (let start = 0; start < chunkIds.length; start += CHUNKS_PER_DELETE)
    await tx.query('DELETE FROM chunk_terms WHERE chunk_id = ANY($1::bigint[])', [
      chunkIds.slice(start, start + CHUNKS_PER_DELETE),
    ]);
}
