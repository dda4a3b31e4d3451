import type { Transaction } from '../connection/database.ts';
import { detectLanguage, type Language } from '../../text/language.ts';
import { readChunkWords, type ChunkToIndex, type ChunkWords } from './chunk-words.ts';
import { batchesBySize } from './batches.ts';

/**
 * Words counted or forgotten with one statement, far below its time limit whatever a document consists of: a chunk of
 * Chinese has several times the terms of one in English, and nearly all of them are new.
 */
const WORDS_PER_STATEMENT = 2_000;

/**
 * The language in which a document is parsed: its own, or when that cannot be told, as of a table or a list of names, the
 * one that most of the tenant's chunks are in. A short text says nothing, and may be in a language that is not known as
 * well; without others it is taken for English.
 */
export async function chooseLanguage(tx: Transaction, tenantId: string, text: string): Promise<Language> {
  const own = detectLanguage(text);
  if (own !== undefined && own !== 'simple') return own;
  const [usual] = await tx.query<{ language: Language }>(
    `SELECT language FROM corpus_languages WHERE tenant_id = $1 AND language IS DISTINCT FROM $2 AND chunks > 0
     ORDER BY chunks DESC, language LIMIT 1`,
    [tenantId, own],
  );
  return usual?.language ?? own ?? 'english';
}

/** Makes chunks findable by their words; the tenant's row in `corpora` must be locked. */
export async function indexChunks(
  tx: Transaction,
  tenantId: string,
  language: Language,
  chunks: readonly ChunkToIndex[],
): Promise<void> {
  const counts = new Map<number, number>();
  for (const slice of batchesBySize(
    readWords(chunks),
    WORDS_PER_STATEMENT,
    ({ all }) => all.split(' ').length,
  )) {
    const known = await tx.query<TermCount>(
      `SELECT term, chunks FROM index_chunk_terms($1, $2::text, $3::bigint[], ${parse('$4')}, ${parse('$5')})`,
      [
        tenantId,
        language,
        slice.map(({ id }) => id),
        slice.map(({ all }) => all),
        slice.map(({ heading }) => heading),
      ],
    );
    addCounts(counts, known);
  }
  for (const [terms, times] of slicesOf(counts))
    await tx.query('SELECT add_term_counts($1, $2, $3)', [tenantId, terms, times]);
  await tx.query(
    `INSERT INTO corpus_languages AS l (tenant_id, language, chunks, words)
     SELECT tenant_id, language, count(*), sum(words) FROM chunk_terms
     WHERE tenant_id = $1 AND chunk_id = ANY($2::bigint[]) GROUP BY 1, 2
     ON CONFLICT (tenant_id, language) DO UPDATE
     SET chunks = l.chunks + excluded.chunks, words = l.words + excluded.words`,
    [tenantId, chunks.map(({ id }) => id)],
  );
}

/** Each chunk as it is parsed; one by one, because all of a large document take a second. */
function* readWords(chunks: readonly ChunkToIndex[]): Generator<{ id: string } & ChunkWords> {
  for (const chunk of chunks) yield { id: chunk.id, ...readChunkWords(chunk) };
}

/** The texts in a parameter, each as its terms, in the same order. The language is the second parameter. */
function parse(parameter: string): string {
  return `ARRAY(SELECT to_tsvector($2::text::regconfig, text)
    FROM unnest(${parameter}::text[]) WITH ORDINALITY AS t (text, place) ORDER BY place)`;
}

/**
 * Removes chunks from the full text; the tenant's row in `corpora` must be locked. Deleting their documents would remove
 * them as well, but one by one, which takes the time squared.
 */
export async function removeChunkTerms(tx: Transaction, tenantId: string, chunkIds: string[]): Promise<void> {
  await tx.query(
    `UPDATE corpus_languages l SET chunks = l.chunks - g.chunks, words = l.words - g.words
     FROM (SELECT language, count(*) AS chunks, sum(words) AS words
           FROM chunk_terms WHERE tenant_id = $1 AND chunk_id = ANY($2::bigint[]) GROUP BY 1) g
     WHERE l.tenant_id = $1 AND l.language = g.language`,
    [tenantId, chunkIds],
  );
  const indexed = await tx.query<{ id: string; terms: number }>(
    `SELECT chunk_id::text AS id, cardinality(terms) AS terms FROM chunk_terms
     WHERE tenant_id = $1 AND chunk_id = ANY($2::bigint[])`,
    [tenantId, chunkIds],
  );
  const counts = new Map<number, number>();
  for (const slice of batchesBySize(indexed, WORDS_PER_STATEMENT, ({ terms }) => terms + 1)) {
    const gone = await tx.query<TermCount>(
      `WITH gone AS (
         DELETE FROM chunk_terms WHERE tenant_id = $1 AND chunk_id = ANY($2::bigint[]) RETURNING terms
       )
       SELECT term, count(*)::int AS chunks FROM gone CROSS JOIN unnest(gone.terms) AS term GROUP BY term`,
      [tenantId, slice.map(({ id }) => id)],
    );
    addCounts(counts, gone);
  }
  for (const [terms, times] of slicesOf(counts))
    await tx.query('SELECT subtract_term_counts($1, $2, $3)', [tenantId, terms, times]);
}

/** A term's id, and in how many chunks it stands. */
interface TermCount {
  term: number;
  chunks: number;
}

function addCounts(counts: Map<number, number>, more: TermCount[]): void {
  for (const { term, chunks } of more) counts.set(term, (counts.get(term) ?? 0) + chunks);
}

/** Ids and numbers of chunks, as many as one statement takes. */
function* slicesOf(counts: Map<number, number>): Generator<[terms: number[], chunks: number[]]> {
  const terms = [...counts.keys()].sort((a, b) => a - b);
  for (let start = 0; start < terms.length; start += WORDS_PER_STATEMENT) {
    const slice = terms.slice(start, start + WORDS_PER_STATEMENT);
    yield [slice, slice.map((term) => counts.get(term) ?? 0)];
  }
}
