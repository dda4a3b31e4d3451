import { Connections } from '../../../src/postgres/connection/connections.ts';
import { ConnectionFailedError } from '../../../src/postgres/connection/database-errors.ts';
import { nativeServer, type DatabaseServer } from '../../../src/postgres/connection/database-server.ts';
import { EmbeddedServer } from '../../../src/postgres/embedded/embedded-server.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { describeWithPostgres } from '../requirements.ts';
import { copyDataTemplate } from './data-template.ts';
import { createDatabase, makeTemporaryFolder, silentLogger } from './database.ts';
import { createNativeDatabase } from './native-postgres.ts';

/** A server with an empty database, for one suite. */
export interface TestServer {
  /** Connects to it, after the connections before were closed; a statement may take `timeoutMs`. */
  connect(timeoutMs?: number): Promise<Connections>;
  stop(): Promise<void>;
}

/** Starts a server; only an embedded one may have its tables already. */
type StartServer = (options?: { prepared?: boolean }) => Promise<TestServer>;

/** The servers every database suite runs on; `describeOn` describes what needs the server. */
export const servers: { name: string; describeOn: typeof describeWithPostgres; start: StartServer }[] = [
  { name: 'embedded', describeOn: describe, start: startEmbedded },
  { name: 'native', describeOn: describeWithPostgres, start: startNative },
];

/** A database with all tables on a server of its own, until it is closed. */
export async function startMigrated(
  start: StartServer,
): Promise<ReturnType<typeof createDatabase> & { connections: Connections; close(): Promise<void> }> {
  const server = await start({ prepared: true });
  const connections = await server.connect();
  await applyMigrations(connections, new AbortController().signal);
  return {
    ...createDatabase(connections),
    connections,
    close: () => connections.close().then(() => server.stop()),
  };
}

async function startEmbedded({ prepared = false } = {}): Promise<TestServer> {
  const folder = await makeTemporaryFolder();
  if (prepared) await copyDataTemplate(folder.path);
  const server = await EmbeddedServer.start(folder.path, systemClock, silentLogger);
  return {
    connect: (timeoutMs = 5_000) => connectTo(server.describe(), timeoutMs),
    stop: () => server.stop().then(folder.remove),
  };
}

async function startNative(): Promise<TestServer> {
  const { url, drop } = await createNativeDatabase();
  return {
    connect: (timeoutMs = 5_000) => connectTo(nativeServer(url, timeoutMs), timeoutMs),
    stop: drop,
  };
}

/** The embedded server may still be parting from its only connection, so this tries until it is let in. */
async function connectTo(server: DatabaseServer, timeoutMs: number): Promise<Connections> {
  const connections = new Connections(server, timeoutMs, systemClock);
  const { signal } = new AbortController();
  for (;;) {
    try {
      await connections.open(signal).then((session) => session.release());
      return connections;
    } catch (error) {
      if (!(error instanceof ConnectionFailedError)) throw error;
    }
  }
}
