import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { ClientBase } from 'pg';
import { PACKAGE_ROOT } from '../../config/package-root.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import type { Connections } from '../connection/connections.ts';

const MIGRATIONS_DIR = fileURLToPath(new URL('migrations', PACKAGE_ROOT));

const TABLE = 'migrations';
/** The first migration of the tables before version 0.1.0, which no migration leads away from. */
const FIRST_OF_OLD_TABLES = '1_documents';

/** The database has the tables of a version before 0.1.0. */
export class OldTablesError extends ServiceError {
  constructor() {
    super(
      'the database has the tables of a version before 0.1.0: name an empty database in DATABASE_URL, or without it an empty folder in DATA_DIR, and ingest the documents again',
    );
  }
}

/** Silences the library: the caller gets failures as errors. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Applies the missing migrations, each in its own transaction. Processes that start together take turns. There is no time
 * limit, because building an index may take long.
 * @returns the names of the applied migrations
 * @throws OldTablesError, ConnectionFailedError, the signal's reason as soon as it aborts, or what failed
 */
export async function applyMigrations(
  connections: Connections,
  signal: AbortSignal,
  dir = MIGRATIONS_DIR,
): Promise<string[]> {
  const session = await connections.open(signal);
  try {
    return await session.withClient(async (client) => {
      await client.query('SET statement_timeout = 0');
      await refuseOldTables(client);
      const applied = await runner({
        dbClient: client,
        dir,
        direction: 'up',
        migrationsTable: TABLE,
        noLock: !connections.server.shared,
        advisoryLockMode: 'wait',
        logger: SILENT,
      });
      return applied.map((migration) => migration.name);
    }, signal);
  } finally {
    await session.release();
  }
}

async function refuseOldTables(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    TABLE,
  ]);
  if (!rows[0]?.exists) return;
  const old = await client.query(`SELECT FROM ${TABLE} WHERE name = $1`, [FIRST_OF_OLD_TABLES]);
  if (old.rowCount) throw new OldTablesError();
}

function ignore(): void {}
