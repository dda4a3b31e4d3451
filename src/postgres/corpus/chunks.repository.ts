import { Injectable } from '@nestjs/common';
import { Database } from '../connection/database.ts';

/** What the embedding model made of a chunk: a vector, nothing yet, or no vector although its hosts worked. */
export type ChunkEmbeddingState = 'ready' | 'pending' | 'refused';

/** A chunk in the list of its document. */
export interface ListedChunk {
  chunk_id: string;
  /** The chunk's place in its document, from 0. */
  ordinal: number;
  /** The path of headings above the chunk. */
  heading: string | null;
  text: string;
  /** Of the text alone. */
  tokens: number;
  embedding: ChunkEmbeddingState;
  /** Why and how often the chunk was refused; null unless it is. */
  refusal: { cause: Record<string, unknown>; attempts: number; refused_at: string; retry_at: string } | null;
}

/** Which chunks of a document a list shows. */
export interface ChunkRange {
  limit: number;
  /** The ordinal of the last chunk before; -1 for the beginning. */
  after: number;
  /** Null for chunks in every state. */
  embedding: ChunkEmbeddingState | null;
}

/** Reads the chunks of documents. */
@Injectable()
export class ChunksRepository {
  constructor(private readonly database: Database) {}

  /** The chunks of a document in their order, as the embedding model `model` sees them. */
  list(
    tenantId: string,
    model: string,
    documentId: string,
    { limit, after, embedding }: ChunkRange,
    signal?: AbortSignal,
  ): Promise<ListedChunk[]> {
    return this.database.read<ListedChunk>(
      `SELECT * FROM (
         SELECT c.id::text AS chunk_id, c.ordinal, c.heading, c.text, c.tokens, r.refusal,
           CASE WHEN e.model_id IS NOT NULL THEN 'ready' WHEN r.refusal IS NOT NULL THEN 'refused'
             ELSE 'pending' END AS embedding
         FROM chunks c
         LEFT JOIN LATERAL (
           SELECT model_id FROM chunk_embeddings WHERE tenant_id = c.tenant_id AND chunk_id = c.id
             AND model_id = (SELECT id FROM embedding_models WHERE name = $2) OFFSET 0) AS e ON true
         LEFT JOIN LATERAL (
           SELECT jsonb_build_object('cause', cause, 'attempts', attempts,
             'refused_at', ${showTime('refused_at')}, 'retry_at', ${showTime('retry_at')}) AS refusal
           FROM embedding_refusals WHERE tenant_id = c.tenant_id AND chunk_id = c.id AND model = $2 OFFSET 0
         ) AS r ON e.model_id IS NULL
         WHERE c.tenant_id = $1 AND c.document_id = $3 AND c.ordinal > $4
       ) AS listed
       WHERE $6::text IS NULL OR embedding = $6 ORDER BY ordinal LIMIT $5`,
      [tenantId, model, documentId, after, limit, embedding],
      { signal },
    );
  }
}

function showTime(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
