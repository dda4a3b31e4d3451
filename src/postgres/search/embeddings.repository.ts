import { Injectable } from '@nestjs/common';
import { toSql } from 'pgvector';
import { DimensionMismatchError } from '../../models/dimension-mismatch.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import { Database } from '../connection/database.ts';
import { VectorIndexes } from './vector-indexes.ts';

/** A registered embedding model. */
export interface EmbeddingModel {
  id: number;
  dimension: number;
}

/** A chunk without a vector. */
export interface PendingChunk {
  id: string;
  tenant_id: string;
  document_id: string;
  title: string | null;
  heading: string | null;
  text: string;
}

/** A vector to store. */
export interface ChunkVector {
  tenantId: string;
  chunkId: string;
  embedding: number[];
}

/** How far the chunks go, and which transactions may still add some before that. */
export interface ChunkHorizon {
  /** The greatest id of a chunk; `'0'` when there is none. */
  lastChunk: string;
  /** Of the transactions that run; of the next one when none does. */
  oldestTransaction: number;
  /** The number that the next transaction gets. */
  nextTransaction: number;
}

/** @throws DimensionMismatchError */
function requireDimension(name: string, { dimension: registered }: EmbeddingModel, dimension: number): void {
  if (registered !== dimension) throw new DimensionMismatchError(name, registered, dimension);
}

/** Stores the vectors of chunks by model. */
@Injectable()
export class EmbeddingsRepository {
  private readonly registered = new Set<number>();

  constructor(
    private readonly database: Database,
    private readonly indexes: VectorIndexes,
  ) {}

  /** The registered model of that name; undefined when it was never registered. */
  async findModel(name: string, signal?: AbortSignal): Promise<EmbeddingModel | undefined> {
    const rows = await this.database.read<EmbeddingModel>(
      'SELECT id, dimension FROM embedding_models WHERE name = $1',
      [name],
      { signal },
    );
    return rows[0];
  }

  /**
   * Registers a model with its dimension and ensures its index. The first one serves searches at once.
   * @throws DimensionMismatchError when the name is registered with another dimension
   */
  async registerModel(name: string, dimension: number, signal?: AbortSignal): Promise<EmbeddingModel> {
    const known = await this.findModel(name, signal);
    if (known) requireDimension(name, known, dimension);
    if (known && this.registered.has(known.id)) return known;
    await this.database.query(
      'INSERT INTO embedding_models (name, dimension) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
      [name, dimension],
      { signal },
    );
    const model = await this.findModel(name, signal);
    if (!model) throw new ServiceError(`the embedding model ${name} could not be registered`);
    // Another process may have registered it meanwhile.
    requireDimension(name, model, dimension);
    await this.indexes.ensure(model, signal);
    await this.database.query(
      'INSERT INTO serving_model (model_id) VALUES ($1) ON CONFLICT (only_row) DO NOTHING',
      [model.id],
      { signal },
    );
    this.registered.add(model.id);
    return model;
  }

  /**
   * Looks through a page of chunks, oldest first: of these documents only, when they are given.
   * @param page begins after the chunk `after` (its id, `'0'` at first) and has at most `size` chunks
   * @returns those without a vector of the model that its hosts have not refused, and the page's last chunk, null when it is
   *   empty
   */
  async pendingChunks(
    model: string,
    scope: { tenantId?: string; documentIds?: string[] },
    page: { size: number; after: string },
    signal?: AbortSignal,
  ): Promise<{ pending: PendingChunk[]; last: string | null }> {
    const rows = await this.database.read<PendingChunk & { last: string | null }>(
      `WITH page AS MATERIALIZED (
         SELECT tenant_id, id FROM chunks
         WHERE id > $5 AND ($3::text IS NULL OR tenant_id = $3) AND ($4::text[] IS NULL OR document_id = ANY($4))
         ORDER BY id LIMIT $2
       )
       SELECT whole.last::text, page.id::text, page.tenant_id, c.document_id, c.title, c.heading, c.text
       FROM (SELECT max(id) AS last FROM page) AS whole
       LEFT JOIN (page CROSS JOIN LATERAL (
         SELECT c.document_id, c.heading, c.text,
                (SELECT title FROM documents WHERE tenant_id = c.tenant_id AND id = c.document_id)
         FROM chunks c WHERE c.tenant_id = page.tenant_id AND c.id = page.id OFFSET 0
       ) AS c) ON ${isMissing('page', '$1')}
       ORDER BY page.id`,
      [model, page.size, scope.tenantId ?? null, scope.documentIds ?? null, page.after],
      { signal },
    );
    const [first] = rows;
    return {
      pending: rows.filter(({ id }) => id !== null),
      last: first?.last ?? null,
    };
  }

  /** Reads how far the chunks go. A transaction that stores chunks has its number before it has their ids. */
  async readHorizon(signal?: AbortSignal): Promise<ChunkHorizon> {
    const [horizon] = await this.database.read<ChunkHorizon>(
      `SELECT (SELECT coalesce(max(id), 0)::text FROM chunks) AS "lastChunk",
              pg_snapshot_xmin(snapshot)::text::bigint AS "oldestTransaction",
              pg_snapshot_xmax(snapshot)::text::bigint AS "nextTransaction"
       FROM pg_current_snapshot() AS snapshot`,
      [],
      { signal },
    );
    if (!horizon) throw new Error('there is no snapshot');
    return horizon;
  }

  /**
   * Counts the chunks after `after` that `pendingChunks` would return, up to `most`, and all refused ones of the model.
   */
  async countMissing(
    model: string,
    after: string,
    most: number,
    signal?: AbortSignal,
  ): Promise<{ waiting: number; refused: number }> {
    const [counts] = await this.database.read<{ waiting: number; refused: number }>(
      `SELECT (SELECT count(*)::int FROM embedding_refusals WHERE model = $1) AS refused,
              (SELECT count(*)::int FROM (
                 SELECT FROM chunks c WHERE c.id > $2 AND ${isMissing('c', '$1')}
                 LIMIT $3) AS missing) AS waiting`,
      [model, after, most],
      { signal },
    );
    return counts ?? { waiting: 0, refused: 0 };
  }

  /**
   * Stores vectors. Chunks that were deleted meanwhile, or have a vector already, are skipped. None of them is refused any more.
   * @returns the number of vectors stored
   */
  async save(model: EmbeddingModel, vectors: ChunkVector[], signal?: AbortSignal): Promise<number> {
    const stored = await this.database.query(
      `WITH embedded AS (
         DELETE FROM embedding_refusals r USING unnest($2::text[], $3::bigint[]) AS v(tenant_id, chunk_id), embedding_models m
         WHERE r.tenant_id = v.tenant_id AND r.chunk_id = v.chunk_id AND r.model = m.name AND m.id = $1
       )
       INSERT INTO chunk_embeddings (tenant_id, chunk_id, model_id, embedding)
       SELECT c.tenant_id, c.id, $1, v.embedding::vector
       FROM unnest($2::text[], $3::bigint[], $4::text[]) AS v(tenant_id, chunk_id, embedding)
       JOIN chunks c ON c.tenant_id = v.tenant_id AND c.id = v.chunk_id
       ON CONFLICT DO NOTHING RETURNING chunk_id`,
      [
        model.id,
        vectors.map((vector) => vector.tenantId),
        vectors.map((vector) => vector.chunkId),
        vectors.map((vector) => toSql(vector.embedding)),
      ],
      { signal },
    );
    return stored.length;
  }
}

/**
 * Whether a chunk has no vector of a model, whose hosts have not refused it. Each chunk is looked up by itself: statistics that
 * are out of date let the planner compare all chunks of a tenant with all of its vectors.
 */
function isMissing(chunk: string, model: string): string {
  return `NOT EXISTS (
           SELECT FROM chunk_embeddings WHERE tenant_id = ${chunk}.tenant_id AND chunk_id = ${chunk}.id
             AND model_id = (SELECT id FROM embedding_models WHERE name = ${model}) OFFSET 0)
         AND NOT EXISTS (
           SELECT FROM embedding_refusals
           WHERE tenant_id = ${chunk}.tenant_id AND chunk_id = ${chunk}.id AND model = ${model} OFFSET 0)`;
}
