import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { escapeIdentifier, type ClientBase } from 'pg';
import { PACKAGE_ROOT } from '../../config/package-root.ts';
import { ServiceError } from '../../telemetry/service-error.ts';
import { sqlStateOf, MigrationError } from '../connection/database-errors.ts';
import type { Connections } from '../connection/connections.ts';
import { explainDatabaseError } from '../connection/explain-database-error.ts';
import { prepareDatabase } from './prepare-database.ts';

const MIGRATIONS_DIR = fileURLToPath(new URL('migrations', PACKAGE_ROOT));

const TABLE = 'migrations';
/** The lock under which processes migrate, of all schemas: they share the extension. */
const LOCK = 'failsoft:migrations';
/** The first migration of the tables before version 0.1.0, which no migration leads away from. */
const FIRST_OF_OLD_TABLES = '1_documents';
/** Where the tables before version 0.1.0 were, and two of them that nothing else has side by side. */
const OLD_TABLES = ['public.corpora', 'public.deleted_documents'];

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
 * Applies the missing migrations, all in one transaction. Processes that start together take turns. There is no time limit,
 * because building an index may take long.
 * @returns the names of the applied migrations
 * @throws OldTablesError, MigrationError with what to change, ConnectionFailedError, the signal's reason as soon as it aborts,
 * or what failed
 */
export async function applyMigrations(
  connections: Connections,
  signal: AbortSignal,
  dir = MIGRATIONS_DIR,
): Promise<string[]> {
  const session = await connections.open(signal);
  try {
    return await session.withClient((client) => migrate(client, connections, dir), signal);
  } catch (error) {
    const reason = sqlStateOf(error) === undefined ? undefined : explainDatabaseError(error);
    throw reason === undefined
      ? error
      : new MigrationError(`the tables cannot be made: ${reason}`, { cause: error });
  } finally {
    await session.release();
  }
}

async function migrate(client: ClientBase, connections: Connections, dir: string): Promise<string[]> {
  const { schema, shared } = connections.server;
  // The library's own transaction and lock would be a session's, which is no good behind a pooler.
  await client.query('BEGIN; SET LOCAL statement_timeout = 0');
  if (shared) await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [LOCK]);
  const extensionSchema = await prepareDatabase(client, schema);
  await refuseOldTables(client, schema);
  const path = [schema, extensionSchema].map(escapeIdentifier).join(', ');
  await client.query("SELECT set_config('search_path', $1, true)", [path]);
  const applied = await runner({
    dbClient: client,
    dir,
    direction: 'up',
    migrationsTable: TABLE,
    migrationsSchema: schema,
    noLock: true,
    singleTransaction: true,
    logger: SILENT,
  });
  await client.query('COMMIT');
  connections.extensionSchema = extensionSchema;
  return applied.map((migration) => migration.name);
}

async function refuseOldTables(client: ClientBase, schema: string): Promise<void> {
  const own = `${escapeIdentifier(schema)}.${TABLE}`;
  const { rows } = await client.query<{ isMigrated: boolean; areOldThere: boolean }>(
    `SELECT to_regclass($1) IS NOT NULL AS "isMigrated",
            (SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest($2::text[]) AS name) AS "areOldThere"`,
    [own, OLD_TABLES],
  );
  if (rows[0]?.isMigrated) {
    const old = await client.query(`SELECT FROM ${own} WHERE name = $1`, [FIRST_OF_OLD_TABLES]);
    if (old.rowCount) throw new OldTablesError();
  } else if (rows[0]?.areOldThere) throw new OldTablesError();
}

function ignore(): void {}
