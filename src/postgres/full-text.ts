import type { Transaction } from './database.ts';
import { detectLanguage, type Language } from './language.ts';
import { toSearchableText } from './searchable-text.ts';
import { sliceBySize } from './slices.ts';

/**
 * Words counted or forgotten with one statement, so that its work depends on no document's kind: a chunk of Chinese has
 * several times the terms of one in English, and nearly all of them are new. The number is a guess, not measured.
 */
const WORDS_PER_STATEMENT = 5_000;

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
  const parsed = chunks.ids.map((id, index) => ({ id, text: toSearchableText(chunks.texts[index] ?? '') }));
  for (const slice of sliceBySize(parsed, WORDS_PER_STATEMENT, ({ text }) => text.split(' ').length))
    await tx.query(
      `SELECT index_chunk_terms($1, $2::text, $3::bigint[], ARRAY(
         SELECT to_tsvector($2::text::regconfig, text)
         FROM unnest($4::text[]) WITH ORDINALITY AS t (text, place) ORDER BY place))`,
      [tenantId, language, slice.map(({ id }) => id), slice.map(({ text }) => text)],
    );
}

/**
 * Takes chunks out of the full text. They would go with their documents, too, but one by one, which takes the time
 * squared.
 */
export async function forgetTerms(tx: Transaction, chunkIds: string[]): Promise<void> {
  const indexed = await tx.query<{ id: string; terms: number }>(
    'SELECT chunk_id::text AS id, cardinality(terms) AS terms FROM chunk_terms WHERE chunk_id = ANY($1::bigint[])',
    [chunkIds],
  );
  for (const slice of sliceBySize(indexed, WORDS_PER_STATEMENT, ({ terms }) => terms + 1))
    await tx.query('DELETE FROM chunk_terms WHERE chunk_id = ANY($1::bigint[])', [slice.map(({ id }) => id)]);
}
