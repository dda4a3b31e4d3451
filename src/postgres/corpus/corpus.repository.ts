import { Injectable } from '@nestjs/common';
import { REVISIONS_PER_CORPUS } from './corpus-revision.ts';
import { Database, type Transaction } from '../connection/database.ts';
import { TenantMutex } from './tenant-mutex.ts';

/** The number of possible starts. The greatest revision is still an exact number. */
const CORPORA = 2 ** 20;

/** The state of a tenant's documents at one moment. */
export interface CorpusState {
  /** Increases with every change; 0 when nothing was ever stored. */
  revision: number;
  /** Documents deleted after the given revision. */
  deletions: { documentId: string; revision: number }[];
}

/** A change of a tenant's documents: the new revision, and the deleted documents. */
export interface CorpusChange {
  revision: number;
  deleted: string[];
}

/** A deleted document from which something may still be stored. */
export interface RemainingDeletion {
  tenantId: string;
  documentId: string;
  revision: number;
}

/** Deletions read and purged with one statement. Raised, a statement takes longer. */
const PURGED_AT_ONCE = 100;
/**
 * How long a deletion is purged again and again: what was being made from the document may be stored after the first time.
 * Raised, more is purged each time.
 */
const PURGED_FOR_SECONDS = 600;

/** How much a tenant has stored. */
export interface CorpusCounts {
  documents: number;
  chunks: number;
  /** Chunks with a vector of the model asked for. */
  embedded: number;
}

/** The revision of each tenant's documents. */
@Injectable()
export class CorpusRepository {
  private readonly turns = new TenantMutex();

  constructor(private readonly database: Database) {}

  /** Counts what is stored. It reads an index entry for each row, so that it is not for every question. */
  async count(tenantId: string, model: string, signal?: AbortSignal): Promise<CorpusCounts> {
    const [row] = await this.database.read<CorpusCounts>(
      `SELECT (SELECT count(*) FROM documents WHERE tenant_id = $1) AS documents,
              (SELECT count(*) FROM chunks WHERE tenant_id = $1) AS chunks,
              (SELECT count(*) FROM chunk_embeddings WHERE tenant_id = $1
               AND model_id = (SELECT id FROM embedding_models WHERE name = $2)) AS embedded`,
      [tenantId, model],
      { signal },
    );
    return row ?? { documents: 0, chunks: 0, embedded: 0 };
  }

  /** Reads the current revision and the documents deleted after `since`. */
  async read(tenantId: string, since: number, signal?: AbortSignal): Promise<CorpusState> {
    const rows = await this.database.read<{
      revision: number;
      document_id: string | null;
      deleted_at: number;
    }>(
      `SELECT coalesce(c.revision, 0)::float8 AS revision, x.document_id, x.revision::float8 AS deleted_at
       FROM (SELECT $1::text AS tenant_id) t
       LEFT JOIN corpora c USING (tenant_id)
       LEFT JOIN deleted_documents x ON x.tenant_id = t.tenant_id AND x.revision > $2`,
      [tenantId, since],
      { signal },
    );
    return {
      revision: rows[0]?.revision ?? 0,
      deletions: rows.flatMap((row) =>
        row.document_id === null ? [] : [{ documentId: row.document_id, revision: row.deleted_at }],
      ),
    };
  }

  /** Increments the revision, because search results change although no document changed. */
  async bump(tenantId: string): Promise<void> {
    await this.write(tenantId, () => Promise.resolve());
  }

  /**
   * Changes a tenant's documents and its revision in one transaction. Writers of one tenant take turns.
   * @throws as `Database.transaction`
   */
  write<T>(
    tenantId: string,
    work: (tx: Transaction, revision: number) => Promise<T>,
    signal = new AbortController().signal,
  ): Promise<T> {
    const write = () =>
      this.database.transaction(async (tx) => work(tx, await bumpRevision(tx, tenantId)), { signal });
    return this.turns.take(tenantId, write, signal);
  }

  /** A page of the deletions that are not purged for good. `after` is the last one of the page before. */
  readRemaining(after: RemainingDeletion | undefined, signal: AbortSignal): Promise<RemainingDeletion[]> {
    return this.database.read<RemainingDeletion>(
      `SELECT tenant_id AS "tenantId", document_id AS "documentId", revision::float8 AS revision FROM deleted_documents
       WHERE NOT purged AND (tenant_id, document_id) > ($1, $2)
       ORDER BY tenant_id, document_id LIMIT ${PURGED_AT_ONCE}`,
      [after?.tenantId ?? '', after?.documentId ?? ''],
      { signal },
    );
  }

  /** Deletes the stored answers that hold text of deleted documents. */
  async purgeAnswers(deletions: RemainingDeletion[], signal: AbortSignal): Promise<void> {
    await this.database.query(
      `WITH gone AS (
         SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS d (tenant_id, document_id, revision)
       ), answers AS (
         DELETE FROM answered_questions q USING gone
         WHERE q.tenant_id = gone.tenant_id AND q.documents @> ARRAY[gone.document_id]
           AND (q.answer ->> 'revision')::bigint < gone.revision
       )
       UPDATE jobs j SET state = 'expired', output = NULL FROM gone
       WHERE j.tenant_id = gone.tenant_id AND (j.output ->> 'revision')::bigint < gone.revision
         AND j.output #> '{body,sources}' @> jsonb_build_array(jsonb_build_object('document_id', gone.document_id))`,
      [
        deletions.map(({ tenantId }) => tenantId),
        deletions.map(({ documentId }) => documentId),
        deletions.map(({ revision }) => revision),
      ],
      { signal },
    );
  }

  /** Marks the deletions of a while ago as purged for good. */
  async endPurges(signal: AbortSignal): Promise<void> {
    await this.database.query(
      `UPDATE deleted_documents SET purged = true
       WHERE NOT purged AND deleted_at < now() - make_interval(secs => ${PURGED_FOR_SECONDS})`,
      [],
      { signal },
    );
  }

  /**
   * Deletes the records of deletions older than every servable answer, and the answers of that time: otherwise a later
   * configuration with longer limits could serve an answer that cites a deleted document.
   * @param now epoch milliseconds by the clock that dates answers
   */
  async forgetDeletions(olderThanSeconds: number, now: number): Promise<void> {
    await this.database.query(
      `WITH forgotten AS (DELETE FROM answered_questions WHERE answered_at < $2)
       DELETE FROM deleted_documents WHERE deleted_at < now() - make_interval(secs => $1)`,
      [olderThanSeconds, new Date(now - olderThanSeconds * 1_000)],
    );
  }
}

/**
 * Locks a tenant's documents for this transaction and moves their revision. A writer in another process may hold the row
 * for as long as storing a long document takes. This writer waits in the row's queue meanwhile: the other one locks the
 * row again at once for its next document, so a writer that polled would seldom find it free.
 */
async function bumpRevision(tx: Transaction, tenantId: string): Promise<number> {
  const rows = await tx.query<{ revision: number }>(
    `INSERT INTO corpora (tenant_id, revision) VALUES ($1, floor(random() * ${CORPORA})::bigint * ${REVISIONS_PER_CORPUS} + 1)
     ON CONFLICT (tenant_id) DO UPDATE SET revision = corpora.revision + 1 RETURNING revision`,
    [tenantId],
  );
  return Number(rows[0]?.revision);
}
