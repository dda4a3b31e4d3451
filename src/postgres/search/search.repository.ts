import { Injectable } from '@nestjs/common';
import { toSql } from 'pgvector';
import { Database } from '../connection/database.ts';
import type { EmbeddingModel } from './embeddings.repository.ts';
import { detectLanguage } from '../../text/language.ts';
import { toCondition, type MetadataFilter } from './metadata-filter.ts';
import {
  CANDIDATES,
  chooseCandidates,
  matchHeading,
  weighTerms,
  type Candidates,
  type HeadingTerm,
  type QuestionTerm,
} from '../full-text/bm25-terms.ts';
import { toSearchWords } from '../full-text/searchable-text.ts';
import { indexedType, indexName } from './vector-index.ts';

/** A chunk found by a search, with everything needed to show and cite it. */
export interface Passage {
  document_id: string;
  chunk_id: string;
  /** Its place among the chunks of the document, from 0. */
  ordinal: number;
  title: string | null;
  url: string | null;
  heading: string | null;
  text: string;
  tokens: number;
  /** Higher is better. Scores are comparable within one result only. */
  score: number;
  /** Cosine similarity with the question's vector, -1 to 1, of a passage found by full text; null without a vector. */
  similarity?: number | null;
  /** How far a passage found by full text is named as the question asks, 0 to 1 (`matchHeading`). */
  headingMatch?: number;
}

/** A passage as a row of full text. */
type TextRow = Omit<Passage, 'headingMatch'> & { heading_terms: HeadingTerm[] };

/** The question's vector and its model. */
export interface SearchVector {
  model: EmbeddingModel;
  embedding: number[];
}

/** The tenant and the documents to search. */
export interface SearchScope {
  tenantId: string;
  filter: MetadataFilter;
  limit: number;
}

const COLUMNS = `d.id AS document_id, c.id::text AS chunk_id, c.ordinal, d.title, d.url, c.heading, c.text, c.tokens`;
/** The most chunks ranked, for terms that occur together far more often than by chance. Raising it makes such searches slower. */
const MOST_CANDIDATES = 20_000;

// Rows are looked up one by one, and OFFSET keeps it so. The statistics do not know a tenant whose documents are new: the
// planner takes it for a small one, and would compare each row with each of the tenant's chunks. The tenant is the first
// parameter.

/** Looks up the chunk `c` of a row with `chunk_id`, and its document `d`. */
const CHUNK = `CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = $1 AND id = chunk_id OFFSET 0) AS c
  CROSS JOIN LATERAL (SELECT * FROM documents WHERE tenant_id = $1 AND id = c.document_id OFFSET 0) AS d`;
/** The terms that name a row's chunk, each with its id and the number of chunks that contain it. */
const HEADING_TERMS = `array(SELECT array[t.id, t.chunks] FROM unnest(heading_terms) AS term
  CROSS JOIN LATERAL (SELECT id, chunks FROM terms WHERE tenant_id = $1 AND id = term OFFSET 0) AS t)`;
/** The chunks `c` of the documents `d` that a condition selects. */
const chunksWhere = (
  condition: string,
) => `(SELECT id FROM documents d WHERE tenant_id = $1 AND ${condition} OFFSET 0) AS d
  CROSS JOIN LATERAL (SELECT id FROM chunks WHERE tenant_id = $1 AND document_id = d.id OFFSET 0) AS c`;
/** Whether a row's `chunk_id` is among the first of them. The array makes it one scan of an index. */
const isChunkWhere = (condition: string) =>
  `chunk_id = ANY(ARRAY(SELECT c.id FROM ${chunksWhere(condition)} LIMIT ${MOST_CANDIDATES}))`;

/** BM25's b: how much a score depends on the chunk's length. Chunks have similar lengths, so it is low. */
const LENGTH_SHARE = 0.15;
/** The dimension of the sparse vectors of term weights: the greatest term id. */
const TERM_IDS = 1_000_000_000;

/**
 * Up to this many chunks are compared exactly instead of with the index. For a small tenant this is as fast and finds every
 * neighbour; behind a narrow filter the index would miss most of them. Raising it makes such searches slower.
 */
const MOST_COMPARED = 10_000;
/**
 * Candidates of the index (hnsw.ef_search): enough to find 19 of the 20 nearest of 100,000 chunks, more for more chunks and
 * behind a filter, which drops candidates. Raising them makes searches slower. pgvector's maximum is 1,000.
 */
const indexCandidates = (chunks: string, isFiltered: boolean) =>
  `least(1000, greatest(200, ${isFiltered ? 6 : 4} * power(${chunks}, 0.4)))::integer`;

/** Searches chunks by full text and by vectors. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: Database) {}

  /**
   * Searches by full text: a chunk with any of the question's words may be found. Chunks are ranked by BM25.
   * @param near the question's vector, with which the passages found are compared
   */
  async searchText(
    question: string,
    scope: SearchScope,
    near?: SearchVector,
    signal?: AbortSignal,
  ): Promise<Passage[]> {
    const terms = await this.findTerms(question, scope.tenantId, signal);
    const [{ corpus_chunks: chunks, mean_words: meanWords } = { corpus_chunks: 0, mean_words: 1 }] = terms;
    if (terms.length === 0) return [];
    const weights = weighTerms(terms, chunks);
    const vector = `{${[...weights].map(([id, weight]) => `${id}:${weight}`).join(',')}}/${TERM_IDS}`;
    const rank = ({ match, ids }: Candidates, isBounded: boolean) => {
      const parameters: unknown[] = [scope.tenantId, vector, meanWords, ids, scope.limit];
      const place = (value: unknown) => `$${parameters.push(value)}`;
      const similarity = near ? similarityTo(near.model, place(toSql(near.embedding))) : 'NULL::float8';
      const filter = hasFilter(scope) ? toCondition(scope.filter, place) : undefined;
      const matches = `terms ${match === 'any' ? '&&' : '@>'} $4::int[]`;
      // OFFSET keeps the index of terms: by the tenant alone, all chunks of a new tenant would be read.
      const matching =
        filter === undefined || isBounded
          ? `(SELECT * FROM chunk_terms WHERE ${matches} OFFSET 0) AS matching WHERE tenant_id = $1`
          : `chunk_terms WHERE tenant_id = $1 AND ${matches} AND ${isChunkWhere(filter)}`;
      return this.database.read<TextRow>(
        `SELECT ${COLUMNS}, score, ${similarity} AS similarity, ${HEADING_TERMS} AS heading_terms FROM (
           SELECT chunk_id, heading_terms,
                  -(weights <#> $2::sparsevec) / (1 - ${LENGTH_SHARE} + ${LENGTH_SHARE} * (words / $3::float8)) AS score
           FROM (
             SELECT chunk_id, weights, words, heading_terms FROM ${matching} LIMIT ${MOST_CANDIDATES}
           ) AS candidates ${filter !== undefined && isBounded ? `${CHUNK} WHERE ${filter}` : ''}
           ORDER BY score DESC, chunk_id LIMIT $5
         ) AS ranked ${CHUNK}
         ORDER BY score DESC, c.id`,
        parameters,
        { signal },
      );
    };
    // A later pass ranks more chunks, or so many that it leaves some out: what was found before stays.
    const found = new Map<string, TextRow>();
    let ranked = 0;
    // Where a filter lets too few candidates pass, the chunks that pass it are ranked.
    for (const max of hasFilter(scope) ? [CANDIDATES[0], Infinity] : CANDIDATES) {
      const candidates = chooseCandidates(terms, chunks, max);
      if (candidates.match === 'any' && candidates.ids.length === ranked) continue;
      for (const row of await rank(candidates, Number.isFinite(max))) found.set(row.chunk_id, row);
      if (candidates.match === 'any') ranked = candidates.ids.length;
      if (found.size >= scope.limit || ranked === terms.length) break;
    }
    const best = [...found.values()].sort(
      (a, b) => b.score - a.score || Number(a.chunk_id) - Number(b.chunk_id),
    );
    return best.slice(0, scope.limit).map(({ heading_terms: named, ...passage }) => {
      return { ...passage, headingMatch: matchHeading(weights, named, chunks) };
    });
  }

  /**
   * The question's terms in every language of the tenant's chunks, and their other spellings, because accents are often
   * left out. Function words of the question's language are dropped unless there are no other words.
   */
  private findTerms(question: string, tenantId: string, signal: AbortSignal | undefined) {
    return this.database.read<QuestionTerm & { corpus_chunks: number; mean_words: number }>(
      'SELECT * FROM question_terms($1, $2, $3)',
      [tenantId, toSearchWords(question), detectLanguage(question) ?? null],
      { signal },
    );
  }

  /** Searches the nearest neighbours by cosine. `score` is the similarity, -1 to 1. */
  async searchVector(near: SearchVector, scope: SearchScope, signal?: AbortSignal): Promise<Passage[]> {
    const first = await this.searchNeighbours(near, scope, 'off', signal);
    // Too many of the index's candidates belong to other tenants or fail the filter, so the index must continue. An
    // iterative scan costs half as much again, so it is used only then.
    const isShort = first.isIndexed && first.passages.length < scope.limit;
    return (isShort ? await this.searchNeighbours(near, scope, 'strict_order', signal) : first).passages;
  }

  /** @param goOn whether the index scan continues after its candidates until enough of them pass the tenant and the filter */
  private async searchNeighbours(
    { model, embedding }: SearchVector,
    scope: SearchScope,
    goOn: 'off' | 'strict_order',
    signal: AbortSignal | undefined,
  ): Promise<{ passages: Passage[]; isIndexed: boolean }> {
    const type = indexedType(model.dimension);
    const parameters: unknown[] = [scope.tenantId, toSql(embedding), scope.limit];
    const filter = toCondition(scope.filter, (value) => `$${parameters.push(value)}`);
    const ofModel = `e.tenant_id = $1 AND e.model_id = ${model.id}`;
    const vectors = `chunk_embeddings e ${hasFilter(scope) ? `${CHUNK} WHERE ${filter} AND` : 'WHERE'} ${ofModel}`;
    const vectorsOfFew = hasFilter(scope)
      ? `chunk_embeddings e WHERE ${ofModel} AND ${isChunkWhere(filter)}`
      : vectors;
    // The index is made over another expression than the one by which all are compared. Its settings are made before the
    // scan begins, because the scan depends on them. Without OFFSET 0 the planner would put what is counted into both
    // ways, and count twice. Where nothing is found, one row still says which way was taken.
    const rows = await this.database.read<{ are_few: boolean } & (Passage | { chunk_id: null })>(
      `SELECT found.*, are_few FROM (
         SELECT coalesce(sum(chunks), 0)::float8 AS chunks FROM corpus_languages WHERE tenant_id = $1
       ) AS tenant, LATERAL (
         SELECT greatest(tenant.chunks, max(reltuples)) AS chunks FROM pg_class
         WHERE oid = to_regclass('${indexName(model)}')
       ) AS indexed, LATERAL (
         SELECT set_config('hnsw.iterative_scan', '${goOn}', true) AS scan,
                set_config('hnsw.ef_search', ${indexCandidates('indexed.chunks', hasFilter(scope))}::text, true),
                set_config('hnsw.max_scan_tuples', '100000', true) OFFSET 0
       ) AS setting, LATERAL (
         SELECT tenant.chunks <= ${MOST_COMPARED} ${hasFilter(scope) ? `OR ${isNarrow(filter)}` : ''} AS are_few OFFSET 0
       ) AS candidates LEFT JOIN LATERAL (
         SELECT ${COLUMNS}, 1 - distance AS score FROM (
           ${nearest('e.embedding <=> $2::vector', vectorsOfFew, 'candidates.are_few')}
           UNION ALL
           ${nearest(`e.embedding::${type} <=> $2::${type}`, vectors, `NOT candidates.are_few AND setting.scan = '${goOn}'`)}
         ) AS neighbours ${CHUNK}
       ) AS found ON true
       ORDER BY score DESC`,
      parameters,
      { signal },
    );
    const found = { passages: [] as Passage[], isIndexed: false };
    for (const { are_few: areFew, ...row } of rows) {
      found.isIndexed = !areFew;
      if (row.chunk_id !== null) found.passages.push(row);
    }
    return found;
  }
}

/** The nearest vectors among some rows; the third parameter is their number. */
function nearest(distance: string, rows: string, condition: string): string {
  return `(SELECT e.chunk_id, ${distance} AS distance FROM ${rows} AND ${condition} ORDER BY ${distance} LIMIT $3)`;
}

/** Whether a filter matches few of the tenant's chunks. Stops counting as soon as that is known. */
function isNarrow(filter: string): string {
  return `(SELECT count(*) FROM (
             SELECT FROM ${chunksWhere(filter)} LIMIT ${MOST_COMPARED + 1}) AS passing) <= ${MOST_COMPARED}`;
}

/** The similarity of the chunk `c` with the vector in a parameter. The tenant is the first parameter. */
function similarityTo({ id }: EmbeddingModel, parameter: string): string {
  return `(SELECT 1 - (e.embedding <=> ${parameter}::vector) FROM chunk_embeddings e
           WHERE e.tenant_id = $1 AND e.chunk_id = c.id AND e.model_id = ${id})`;
}

function hasFilter({ filter }: SearchScope): boolean {
  return Object.keys(filter).length > 0;
}
