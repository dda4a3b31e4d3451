import { Injectable } from '@nestjs/common';
import { toSql } from 'pgvector';
import { Database } from '../connection/database.ts';
import type { EmbeddingModel } from './embeddings.repository.ts';
import { detectLanguage } from '../../text/language.ts';
import { toCondition, type MetadataFilter } from './metadata-filter.ts';
import {
  CANDIDATES,
  chooseCandidates,
  weighTerms,
  type Candidates,
  type QuestionTerm,
} from '../full-text/bm25-terms.ts';
import { toSearchWords } from '../full-text/searchable-text.ts';
import { indexedType, indexName } from './vector-index.ts';

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
  /** Cosine with the question's vector, from -1 to 1, of a passage found by words; null where one has no vector. */
  similarity?: number | null;
}

/** The question's vector, and the model that made it. */
export interface SearchVector {
  model: EmbeddingModel;
  embedding: number[];
}

/** Whose documents are searched, and which of them. */
export interface SearchScope {
  tenantId: string;
  filter: MetadataFilter;
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
 * At most so many chunks are compared one by one: a tenant's, which finds every neighbour in about the time that the index
 * takes; or what a filter lets through, of which the index would find less the more it has to pass over.
 */
const MOST_COMPARED = 10_000;
/**
 * Candidates of the index: as many as it takes to find 19 of the 20 nearest of 100,000 chunks, more among more of them
 * and behind a filter, since those that pass stand further down. pgvector takes no more than 1,000.
 */
const indexCandidates = (chunks: string, isFiltered: boolean) =>
  `least(1000, greatest(200, ${isFiltered ? 6 : 4} * power(${chunks}, 0.4)))::integer`;

/** Finds chunks by words and by vectors. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: Database) {}

  /**
   * Full text: a chunk with any of the question's words may be found. Ranked as by BM25: each term counts by its rarity
   * and by how often it stands in the chunk, and long chunks count less.
   * @param near what the passages that were found are compared with
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
    const weights = [...weighTerms(terms, chunks)].map(([id, weight]) => `${id}:${weight}`).join(',');
    const rank = ({ match, ids }: Candidates, isBounded: boolean) => {
      const parameters: unknown[] = [scope.tenantId, `{${weights}}/${TERM_IDS}`, meanWords, ids, scope.limit];
      const place = (value: unknown) => `$${parameters.push(value)}`;
      const similarity = near ? similarityTo(near.model, place(toSql(near.embedding))) : 'NULL::float8';
      // Few candidates are looked at one by one, where the planner would begin with all that the filter lets through;
      // among many they may be too many before it.
      const filter = hasFilter(scope)
        ? `JOIN chunks c ON c.id = chunk_id ${DOCUMENTS} AND ${toCondition(scope.filter, place)}`
        : '';
      return this.database.read<Passage>(
        `SELECT ${COLUMNS}, score, ${similarity} AS similarity FROM (
           SELECT chunk_id,
                  -(weights <#> $2::sparsevec) / (1 - ${LENGTH_SHARE} + ${LENGTH_SHARE} * (words / $3::float8)) AS score
           FROM (
             SELECT t.chunk_id, t.weights, t.words FROM chunk_terms t ${isBounded ? '' : filter}
             WHERE t.tenant_id = $1 AND t.terms ${match === 'any' ? '&&' : '@>'} $4::int[] LIMIT ${MOST_CANDIDATES}
           ) AS candidates ${isBounded ? filter : ''}
           ORDER BY score DESC, chunk_id LIMIT $5
         ) AS ranked JOIN chunks c ON c.id = ranked.chunk_id ${DOCUMENTS}
         ORDER BY score DESC, c.id`,
        parameters,
        { signal },
      );
    };
    let found: Passage[] = [];
    let ranked = 0;
    for (const max of CANDIDATES) {
      const candidates = chooseCandidates(terms, chunks, max);
      if (candidates.match === 'any' && candidates.ids.length === ranked) continue;
      found = await rank(candidates, Number.isFinite(max));
      if (candidates.match === 'any') ranked = candidates.ids.length;
      if (found.length >= scope.limit || ranked === terms.length) break;
    }
    return found;
  }

  /**
   * The question's terms in every language of the tenant's chunks, without the function words of its own language,
   * which may be rare words in another, unless it has no others; and in their other spellings, as accents are often left out.
   */
  private findTerms(question: string, tenantId: string, signal: AbortSignal | undefined) {
    return this.database.read<QuestionTerm & { corpus_chunks: number; mean_words: number }>(
      'SELECT * FROM question_terms($1, $2, $3)',
      [tenantId, toSearchWords(question), detectLanguage(question) ?? null],
      { signal },
    );
  }

  /** Nearest neighbours by cosine; `score` is the similarity, from -1 to 1. */
  async searchVector(near: SearchVector, scope: SearchScope, signal?: AbortSignal): Promise<Passage[]> {
    const first = await this.searchNeighbours(near, scope, 'off', signal);
    // So many of the index's candidates are other tenants' or do not pass the filter that it has to go on. Being able to
    // costs it half as much again, so that it is asked for only then.
    const isShort = first.isIndexed && first.passages.length < scope.limit;
    return (isShort ? await this.searchNeighbours(near, scope, 'strict_order', signal) : first).passages;
  }

  /** @param goOn whether the index goes on after its candidates until enough of them pass the tenant and the filter */
  private async searchNeighbours(
    { model, embedding }: SearchVector,
    scope: SearchScope,
    goOn: 'off' | 'strict_order',
    signal: AbortSignal | undefined,
  ): Promise<{ passages: Passage[]; isIndexed: boolean }> {
    const type = indexedType(model.dimension);
    const parameters: unknown[] = [scope.tenantId, toSql(embedding), scope.limit];
    const filter = toCondition(scope.filter, (value) => `$${parameters.push(value)}`);
    const nearest = (distance: string, among: string) => `(
      SELECT e.chunk_id, ${distance} AS distance FROM chunk_embeddings e
      ${hasFilter(scope) ? `JOIN chunks c ON c.id = e.chunk_id ${DOCUMENTS} AND ${filter}` : ''}
      WHERE ${among} AND e.model_id = ${model.id} AND e.tenant_id = $1 ORDER BY ${distance} LIMIT $3)`;
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
           ${nearest('e.embedding <=> $2::vector', 'candidates.are_few')}
           UNION ALL
           ${nearest(`e.embedding::${type} <=> $2::${type}`, `NOT candidates.are_few AND setting.scan = '${goOn}'`)}
         ) AS neighbours JOIN chunks c ON c.id = neighbours.chunk_id ${DOCUMENTS}
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

/** Whether a filter lets few of the tenant's chunks through; counts no further than that takes. */
function isNarrow(filter: string): string {
  return `(SELECT count(*) FROM (
             SELECT FROM documents d JOIN chunks c ON c.tenant_id = d.tenant_id AND c.document_id = d.id
             WHERE d.tenant_id = $1 AND ${filter} LIMIT ${MOST_COMPARED + 1}) AS passing) <= ${MOST_COMPARED}`;
}

/** The similarity of the chunk `c` with the vector that a parameter holds. */
function similarityTo({ id }: EmbeddingModel, parameter: string): string {
  return `(SELECT 1 - (e.embedding <=> ${parameter}::vector) FROM chunk_embeddings e
           WHERE e.model_id = ${id} AND e.chunk_id = c.id)`;
}

function hasFilter({ filter }: SearchScope): boolean {
  return Object.keys(filter).length > 0;
}
