import type { Transaction } from './database.ts';

/**
 * Revisions of a tenant's documents count up from a random multiple of this: so those of one database are none of
 * another's, and what was remembered before a database was replaced is never taken for what is remembered of it.
 */
export const REVISIONS_PER_CORPUS = 2 ** 32;
/** Starts to choose from; the greatest revision is still an exact number. */
const CORPORA = 2 ** 20;

/** Whether two revisions are of the same documents at two times. */
export function isSameCorpus(one: number, other: number): boolean {
  return Math.floor(one / REVISIONS_PER_CORPUS) === Math.floor(other / REVISIONS_PER_CORPUS);
}

/**
 * Locks a tenant's documents for this transaction and moves their revision.
 * @throws at once while another transaction holds them, which may take as long as storing a long document:
 *   `Database.transaction` tries again later
 */
export async function bumpRevision(tx: Transaction, tenantId: string): Promise<number> {
  await tx.query('SELECT FROM corpora WHERE tenant_id = $1 FOR UPDATE NOWAIT', [tenantId]);
  const rows = await tx.query<{ revision: number }>(
    `INSERT INTO corpora (tenant_id, revision) VALUES ($1, floor(random() * ${CORPORA})::bigint * ${REVISIONS_PER_CORPUS} + 1)
     ON CONFLICT (tenant_id) DO UPDATE SET revision = corpora.revision + 1 RETURNING revision`,
    [tenantId],
  );
  return Number(rows[0]?.revision);
}
