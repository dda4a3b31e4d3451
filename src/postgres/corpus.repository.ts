import { Injectable } from '@nestjs/common';
import { bumpRevision } from './corpus-revision.ts';
import { Database } from './database.ts';

/** What is known of a tenant's documents at one moment. */
export interface CorpusState {
  /** Grows with every change; 0 when nothing was ever stored. */
  revision: number;
  /** Documents deleted after the asked revision. */
  deletions: { documentId: string; revision: number }[];
}

/** The revision of each tenant's documents. */
@Injectable()
export class CorpusRepository {
  constructor(private readonly database: Database) {}

  /** The revision now, and what was deleted after `since`. */
  async read(tenantId: string, since: number, signal?: AbortSignal): Promise<CorpusState> {
    const rows = await this.database.query<{
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

  /** Marks a change in what is found, though no document changed. */
  async bump(tenantId: string): Promise<void> {
    await this.database.transaction((tx) => bumpRevision(tx, tenantId));
  }

  /** Forgets deletions older than any answer that may still be shown. */
  async forgetDeletions(olderThanSeconds: number): Promise<void> {
    await this.database.query(
      'DELETE FROM deleted_documents WHERE deleted_at < now() - make_interval(secs => $1)',
      [olderThanSeconds],
    );
  }
}
