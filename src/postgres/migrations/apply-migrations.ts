import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { PACKAGE_ROOT } from '../../config/package-root.ts';
import type { Connections } from '../connection/connections.ts';

const MIGRATIONS_DIR = fileURLToPath(new URL('migrations', PACKAGE_ROOT));

/** One migration was renamed between two versions; by its old name it would be taken for another that stands in the way. */
const RENAME = `DO $$ BEGIN
  IF to_regclass('migrations') IS NOT NULL THEN
    UPDATE migrations SET name = '13_earlier_questions_by_words' WHERE name = '13_earlier_questions_by_stems';
  END IF;
END $$`;

/** Silences the library: the caller gets failures as errors. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/**
 * Applies the missing migrations, each in its own transaction. Processes that start together take turns. There is no time
 * limit, because building an index may take long.
 * @returns the names of the applied migrations
 * @throws ConnectionFailedError, the signal's reason as soon as it aborts, or what failed
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
      await client.query(RENAME);
      const applied = await runner({
        dbClient: client,
        dir,
        direction: 'up',
        migrationsTable: 'migrations',
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

function ignore(): void {}
