import type { Logger } from 'pino';
import type { AppConfig } from '../config/app-config.ts';
import type { Clock } from '../resilience/time/clock.ts';
import type { Guard } from '../resilience/guard/guard.ts';
import { Connections } from './connection/connections.ts';
import { nativeServer } from './connection/database-server.ts';
import { Database } from './connection/database.ts';
import { EmbeddedServer } from './embedded/embedded-server.ts';
import { StartupMigrations } from './migrations/startup-migrations.ts';

/** The connections to the configured database. `close` also stops an embedded server. */
export interface OpenConnections {
  connections: Connections;
  close(): Promise<void>;
}

/** The database in use. */
export interface Postgres {
  connections: Connections;
  database: Database;
  migrations: StartupMigrations;
  close(): Promise<void>;
}

/**
 * Connects to `url`, or starts an embedded database in `dataDir`.
 * @throws DataInUseError
 */
export async function openConnections(
  { url, schema, dataDir, timeoutMs }: AppConfig['database'],
  clock: Clock,
  logger: Logger,
): Promise<OpenConnections> {
  if (url !== undefined) {
    const connections = new Connections(nativeServer(url, timeoutMs, schema), timeoutMs, clock);
    return { connections, close: () => connections.close() };
  }
  const embedded = await EmbeddedServer.start(dataDir, clock, logger);
  const connections = new Connections(embedded.describe(schema), timeoutMs, clock);
  return { connections, close: () => connections.close().then(() => embedded.stop()) };
}

/**
 * Opens the database and starts its migrations. Resolves even when the database cannot be reached yet.
 * @throws DataInUseError, OldTablesError
 */
export async function openPostgres(
  config: AppConfig['database'],
  guard: Guard,
  clock: Clock,
  logger: Logger,
  random: () => number,
): Promise<Postgres> {
  const { connections, close } = await openConnections(config, clock, logger);
  const migrations = new StartupMigrations(connections, clock, logger);
  try {
    await migrations.start();
  } catch (error) {
    migrations.stop();
    await close();
    throw error;
  }
  return {
    connections,
    database: new Database(connections, guard, clock, () => migrations.ready, random),
    migrations,
    close() {
      migrations.stop();
      return close();
    },
  };
}
