import { Injectable } from '@nestjs/common';
import { toSql } from 'pgvector';
import { Database } from './database.ts';
import { indexedType, type EmbeddingModel } from './embeddings.repository.ts';
import { detectLanguage } from './language.ts';
import {
  CANDIDATES,
  chooseCandidates,
  weighTerms,
  type Candidates,
  type QuestionTerm,
} from './question-terms.ts';
import { toSearchWords } from './searchable-text.ts';

/** A chunk that was found, with what is needed to show and to cite it. */
export interface Passage {
  document_id: string;
  chunk_id: string;
  title: string | null;
  url: string | null;
  heading: string | null;
  text: string;
  tokens: number;
  /** Higher is better; comparable within one result only. */
  score: number;
}

/** Whose documents are searched, and which of them. */
export interface SearchScope {
  tenantId: string;
  /** Equality on metadata fields. */
  filter: Record<string, string | number | boolean | null>;
  limit: number;
}

const COLUMNS = `d.id AS document_id, c.id::text AS chunk_id, d.title, d.url, c.heading, c.text, c.tokens`;
const DOCUMENTS = 'JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id';

/** How much of a score depends on the chunk's length; chunks are of much the same length. */
const LENGTH_SHARE = 0.15;
/** Chunks that are ranked at most, should terms stand together far more often than by chance. */
const MOST_CANDIDATES = 20_000;
/** The dimensions of the vectors of term weights: the ids that terms may have. */
const TERM_IDS = 1_000_000_000;

/**
 * A tenant of at most so many chunks is searched by comparing all of them, which finds every neighbour in about the time
 * that the index takes.
 */
const MOST_COMPARED = 10_000;
/**
 * For its statement: the index goes on searching until enough rows pass the tenant and the filter, and keeps more
 * candidates than a search may ask for.
 */
const HNSW_SETTINGS = `SELECT set_config('hnsw.iterative_scan', 'strict_order', true) AS scan,
  set_config('hnsw.ef_search', '300', true), set_config('hnsw.max_scan_tuples', '100000', true)`;

/** Finds chunks by words and by vectors. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: Database) {}

  /**
   * Full text: a chunk with any of the question's words may be found. Ranked as by BM25: each term counts by its rarity
   * and by how often it stands in the chunk, and long chunks count less.
   */
  async searchText(question: string, scope: SearchScope, signal?: AbortSignal): Promise<Passage[]> {
    const terms = await this.findTerms(question, scope.tenantId, signal);
    const [{ corpus_chunks: chunks, mean_words: meanWords } = { corpus_chunks: 0, mean_words: 1 }] = terms;
    if (terms.length === 0) return [];
    const weights = [...weighTerms(terms, chunks)].map(([id, weight]) => `${id}:${weight}`).join(',');
    const rank = ({ match, ids }: Candidates) =>
      this.database.query<Passage>(
        `SELECT ${COLUMNS}, score FROM (
           SELECT chunk_id,
                  -(weights <#> $2::sparsevec) / (1 - ${LENGTH_SHARE} + ${LENGTH_SHARE} * (words / $3::float8)) AS score
           FROM (
             SELECT t.chunk_id, t.weights, t.words FROM chunk_terms t
             ${hasFilter(scope) ? `JOIN chunks c ON c.id = t.chunk_id ${DOCUMENTS} AND d.metadata @> $6::jsonb` : ''}
             WHERE t.tenant_id = $1 AND t.terms ${match === 'any' ? '&&' : '@>'} $4::int[] LIMIT ${MOST_CANDIDATES}
           ) AS candidates
           ORDER BY score DESC, chunk_id LIMIT $5
         ) AS ranked JOIN chunks c ON c.id = ranked.chunk_id ${DOCUMENTS}
         ORDER BY score DESC, c.id`,
        [
          scope.tenantId,
          `{${weights}}/${TERM_IDS}`,
          meanWords,
          ids,
          scope.limit,
          ...(hasFilter(scope) ? [JSON.stringify(scope.filter)] : []),
        ],
        { signal },
      );
    let found: Passage[] = [];
    let ranked = 0;
    for (const max of CANDIDATES) {
      const candidates = chooseCandidates(terms, chunks, max);
      if (candidates.match === 'any' && candidates.ids.length === ranked) continue;
      found = await rank(candidates);
      if (candidates.match === 'any') ranked = candidates.ids.length;
      if (found.length >= scope.limit || ranked === terms.length) break;
    }
    return found;
  }

  /**
   * The question's terms in every language of the tenant's chunks, without the function words of its own language,
   * which may be rare words in another; and in their other spellings, as accents are often left out.
   */
  private findTerms(question: string, tenantId: string, signal: AbortSignal | undefined) {
    return this.database.query<QuestionTerm & { corpus_chunks: number; mean_words: number }>(
      `WITH languages AS MATERIALIZED (
         SELECT language, chunks, words FROM corpus_languages WHERE tenant_id = $1 AND chunks > 0
       ), question AS MATERIALIZED (
         SELECT string_agg(DISTINCT word, ' ') AS words FROM unnest(string_to_array($2, ' ')) AS word
         WHERE $3::text IS NULL OR to_tsvector($3::regconfig, word) <> ''
       ), asked AS MATERIALIZED (
         SELECT DISTINCT p.lexeme COLLATE "C" AS lexeme, fold_lexeme(p.lexeme) COLLATE "C" AS folded
         FROM languages l CROSS JOIN question q CROSS JOIN unnest(to_tsvector(l.language::regconfig, q.words)) AS p
       ), found AS (
         SELECT id, chunks, lexeme FROM terms WHERE tenant_id = $1
         AND lexeme = ANY(ARRAY(SELECT lexeme FROM asked UNION SELECT folded FROM asked))
         UNION
         SELECT id, chunks, lexeme FROM terms WHERE tenant_id = $1
         AND fold_lexeme(lexeme) = ANY(ARRAY(SELECT folded FROM asked)) AND fold_lexeme(lexeme) <> lexeme
       ), spelt AS (
         SELECT id, chunks, fold_lexeme(lexeme) AS folded, lexeme IN (SELECT lexeme FROM asked) AS exact FROM found
       )
       SELECT id, spelt.chunks, exact, (sum(spelt.chunks) OVER alike)::int AS family,
              NOT (bool_or(exact) OVER alike AND EXISTS (SELECT FROM asked WHERE lexeme <> folded)) AS likely,
              total.chunks::int AS corpus_chunks, total.mean_words
       FROM spelt CROSS JOIN (
         SELECT sum(chunks) AS chunks, greatest(1, sum(words) / sum(chunks))::float8 AS mean_words FROM languages
       ) AS total
       WINDOW alike AS (PARTITION BY folded)`,
      [tenantId, toSearchWords(question), detectLanguage(question) ?? null],
      { signal },
    );
  }

  /** Nearest neighbours by cosine; `score` is the similarity, from -1 to 1. */
  searchVector(
    vector: number[],
    model: EmbeddingModel,
    scope: SearchScope,
    signal?: AbortSignal,
  ): Promise<Passage[]> {
    const type = indexedType(model.dimension);
    const nearest = (distance: string, among: string) => `(
      SELECT e.chunk_id, ${distance} AS distance FROM chunk_embeddings e
      ${hasFilter(scope) ? `JOIN chunks c ON c.id = e.chunk_id ${DOCUMENTS} AND d.metadata @> $4::jsonb` : ''}
      WHERE ${among} AND e.model_id = ${model.id} AND e.tenant_id = $1 ORDER BY ${distance} LIMIT $3)`;
    // The index is made over another expression than the one by which all are compared. Its settings are made before the
    // scan begins, because the scan depends on them.
    return this.database.query<Passage>(
      `SELECT ${COLUMNS}, 1 - distance AS score FROM (
         SELECT chunk_id, distance FROM (${HNSW_SETTINGS} OFFSET 0) AS setting, LATERAL (
           SELECT coalesce(sum(chunks), 0) <= ${MOST_COMPARED} AS is_small FROM corpus_languages WHERE tenant_id = $1
         ) AS tenant, LATERAL (
           ${nearest('e.embedding <=> $2::vector', 'tenant.is_small')}
           UNION ALL
           ${nearest(`e.embedding::${type} <=> $2::${type}`, `NOT tenant.is_small AND setting.scan = 'strict_order'`)}
         ) AS neighbours
       ) AS nearest JOIN chunks c ON c.id = nearest.chunk_id ${DOCUMENTS}
       ORDER BY distance`,
      [
        scope.tenantId,
        toSql(vector),
        scope.limit,
        ...(hasFilter(scope) ? [JSON.stringify(scope.filter)] : []),
      ],
      { signal },
    );
  }

  /** The similarities of chunks with the vector; those without a vector of the model are left out. */
  compare(
    vector: number[],
    model: EmbeddingModel,
    chunkIds: string[],
    signal?: AbortSignal,
  ): Promise<{ chunk_id: string; score: number }[]> {
    const type = indexedType(model.dimension);
    return this.database.query(
      `SELECT chunk_id::text, 1 - (embedding::${type} <=> $1::${type}) AS score
       FROM chunk_embeddings WHERE model_id = ${model.id} AND chunk_id = ANY($2::bigint[])`,
      [toSql(vector), chunkIds],
      { signal },
    );
  }
}

function hasFilter({ filter }: SearchScope): boolean {
  return Object.keys(filter).length > 0;
}
