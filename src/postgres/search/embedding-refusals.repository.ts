import { Injectable } from '@nestjs/common';
import { Database } from '../connection/database.ts';
import type { PendingChunk } from './embeddings.repository.ts';

/** A chunk without a vector because the model's hosts made none of it. */
export interface EmbeddingRefusal {
  chunk_id: string;
  /** The chunk's place in its document, from 0. */
  ordinal: number;
  heading: string | null;
  /** Bounded values without any text of the document. */
  cause: Record<string, unknown>;
  attempts: number;
  refused_at: string;
  retry_at: string;
}

/** The pause before the second attempt, in seconds; it doubles with each one. Raised, a text that failed by chance waits longer. */
const FIRST_PAUSE_SECONDS = 60;
/** The longest pause. Raised, a text waits longer for its vector after the host has learnt to embed it. */
const MAX_PAUSE_SECONDS = 21_600;
/** The most refusals listed of one document. Raised, responses are longer. */
const MAX_LISTED = 100;

/** Stores which chunks the hosts of a model refuse, and when they are tried again. Times are given in epoch milliseconds. */
@Injectable()
export class EmbeddingRefusalsRepository {
  constructor(private readonly database: Database) {}

  /** Records a refusal. @returns how often the chunk was refused; 0 when it was deleted meanwhile */
  async record(
    model: string,
    chunk: Pick<PendingChunk, 'tenant_id' | 'id'>,
    refusal: { cause: object; nowMs: number },
    signal?: AbortSignal,
  ): Promise<number> {
    const rows = await this.database.query<{ attempts: number }>(
      `INSERT INTO embedding_refusals AS r (tenant_id, chunk_id, model, cause, refused_at, retry_at)
       SELECT tenant_id, id, $3, $4, to_timestamp($5::float8 / 1000),
              to_timestamp($5::float8 / 1000) + interval '${FIRST_PAUSE_SECONDS} s'
       FROM chunks WHERE tenant_id = $1 AND id = $2
       ON CONFLICT (tenant_id, chunk_id, model) DO UPDATE SET
         cause = excluded.cause, attempts = r.attempts + 1, refused_at = excluded.refused_at,
         retry_at = excluded.refused_at
           + least(${FIRST_PAUSE_SECONDS} * 2 ^ least(r.attempts, 20), ${MAX_PAUSE_SECONDS}) * interval '1 s'
       RETURNING attempts`,
      [chunk.tenant_id, chunk.id, model, JSON.stringify(refusal.cause), refusal.nowMs],
      { signal },
    );
    return rows[0]?.attempts ?? 0;
  }

  /** The refused chunks whose pause is over, those that wait longest first. */
  due(model: string, nowMs: number, limit: number, signal?: AbortSignal): Promise<PendingChunk[]> {
    return this.database.read<PendingChunk>(
      `SELECT c.id::text, c.tenant_id, c.document_id, d.title, c.heading, c.text
       FROM embedding_refusals r
       JOIN chunks c ON c.tenant_id = r.tenant_id AND c.id = r.chunk_id
       JOIN documents d ON d.tenant_id = c.tenant_id AND d.id = c.document_id
       WHERE r.model = $1 AND r.retry_at <= to_timestamp($2::float8 / 1000)
       ORDER BY r.retry_at LIMIT $3`,
      [model, nowMs, limit],
      { signal },
    );
  }

  /** The refused chunks of one document in their order, at most 100. */
  ofDocument(
    tenantId: string,
    model: string,
    documentId: string,
    signal?: AbortSignal,
  ): Promise<EmbeddingRefusal[]> {
    return this.database.read<EmbeddingRefusal>(
      `SELECT c.id::text AS chunk_id, c.ordinal, c.heading, r.cause, r.attempts, ${showTime('refused_at')}, ${showTime('retry_at')}
       FROM chunks c JOIN embedding_refusals r ON r.tenant_id = c.tenant_id AND r.chunk_id = c.id
       WHERE c.tenant_id = $1 AND c.document_id = $3 AND r.model = $2
       ORDER BY c.ordinal LIMIT ${MAX_LISTED}`,
      [tenantId, model, documentId],
      { signal },
    );
  }
}

function showTime(column: string): string {
  return `to_char(r.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`;
}
