import { Injectable } from '@nestjs/common';
import { toSql } from 'pgvector';
import { Database } from './database.ts';
import { indexedType, type EmbeddingModel } from './embeddings.repository.ts';

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

/**
 * For this transaction: the index goes on searching until enough rows pass the tenant and the filter, and keeps
 * as many candidates as a search may ask for.
 */
const HNSW_SETTINGS = `SELECT set_config('hnsw.iterative_scan', 'strict_order', true),
  set_config('hnsw.ef_search', '100', true)`;

/** Finds chunks by words and by vectors. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: Database) {}

  /**
   * Full text. A question's terms are joined by OR: with AND most natural questions find nothing.
   * Ranked by `ts_rank` with length normalisation 1 (divides by 1 + log of the length).
   */
  searchText(question: string, scope: SearchScope, signal?: AbortSignal): Promise<Passage[]> {
    return this.database.query<Passage>(
      `WITH question AS (
         SELECT replace(plainto_tsquery('english', $2)::text, '&', '|')::tsquery AS terms
       )
       SELECT ${COLUMNS}, ts_rank(c.search, terms, 1)::float8 AS score
       FROM question CROSS JOIN chunks c ${DOCUMENTS}
       WHERE c.tenant_id = $1 AND c.search @@ terms AND d.metadata @> $3::jsonb
       ORDER BY score DESC, c.id LIMIT $4`,
      [scope.tenantId, question, JSON.stringify(scope.filter), scope.limit],
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
    const distance = `e.embedding::${type} <=> $2::${type}`;
    return this.database.transaction(
      async (tx) => {
        await tx.query(HNSW_SETTINGS);
        return tx.query<Passage>(
          `SELECT ${COLUMNS}, 1 - (${distance}) AS score
           FROM chunk_embeddings e JOIN chunks c ON c.id = e.chunk_id ${DOCUMENTS}
           WHERE e.model_id = ${model.id} AND e.tenant_id = $1 AND d.metadata @> $3::jsonb
           ORDER BY ${distance} LIMIT $4`,
          [scope.tenantId, toSql(vector), JSON.stringify(scope.filter), scope.limit],
        );
      },
      { signal },
    );
  }
}
