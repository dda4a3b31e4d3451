import type { NetConnectOpts } from 'node:net';
import { pino } from 'pino';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { nativeServer } from '../../../src/postgres/connection/database-server.ts';
import { EmbeddedServer } from '../../../src/postgres/embedded/embedded-server.ts';
import { StartupMigrations } from '../../../src/postgres/migrations/startup-migrations.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { createDatabase, makeTemporaryFolder, silentLogger } from '../../support/postgres/database.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { describeWithPostgres } from '../../support/requirements.ts';
import { SessionPooler } from '../../support/postgres/session-pooler.ts';

const TIMEOUT_MS = 2_000;

/** A server to put a pooler in front of: where it listens, and its URL, of which the pooler's address takes the host's place. */
interface Target {
  address: NetConnectOpts;
  url: URL;
}

type Start = (stack: AsyncDisposableStack) => Promise<Target>;

const targets: { name: string; describeOn: typeof describeWithPostgres; start: Start }[] = [
  { name: 'embedded', describeOn: describe, start: startEmbedded },
  { name: 'native', describeOn: describeWithPostgres, start: startNative },
];

for (const { name, describeOn, start } of targets) {
  describeOn(`a strict pooler before ${name} Postgres`, () => {
    const stack = new AsyncDisposableStack();
    let url: string;

    beforeAll(async () => {
      const target = await start(stack);
      const pooler = await SessionPooler.start(target.address);
      stack.defer(() => pooler.stop());
      target.url.host = `127.0.0.1:${pooler.port}`;
      url = target.url.href;
    });
    afterAll(() => stack.disposeAsync());

    // The embedded server takes one connection.
    const connect = (to: string) =>
      new Connections({ ...nativeServer(to, TIMEOUT_MS), maxConnections: 1 }, TIMEOUT_MS, systemClock);

    it('accepts the service, and every statement has its settings', async () => {
      const connections = connect(url);
      const { database } = createDatabase(connections);
      const settings = () =>
        database.query(
          `SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'jit') ORDER BY name`,
        );
      const expected = [
        { name: 'jit', setting: 'off' },
        { name: 'statement_timeout', setting: String(TIMEOUT_MS) },
      ];
      expect(await settings()).toEqual(expected);
      await connections.close();
    });

    it('refuses a URL with settings, and the log says which are needed instead', async () => {
      const lines: Record<string, unknown>[] = [];
      const logger = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
      const connections = connect(`${url}?options=-c%20search_path%3Dsecret`);
      const migrations = new StartupMigrations(connections, new FakeClock(), logger);
      await migrations.start();
      migrations.stop();
      expect(migrations.ready).toBe(false);
      expect(lines).toEqual([
        expect.objectContaining({
          event: 'migrations_failed',
          cause: expect.objectContaining({
            sql_state: '08P01',
            message: expect.stringContaining('take options out of DATABASE_URL'),
          }),
        }),
      ]);
      expect(JSON.stringify(lines)).not.toContain('secret');
      await connections.close();
    });
  });
}

async function startEmbedded(stack: AsyncDisposableStack): Promise<Target> {
  const folder = await makeTemporaryFolder();
  stack.defer(folder.remove);
  const server = await EmbeddedServer.start(folder.path, systemClock, silentLogger);
  stack.defer(() => server.stop());
  const { host, port } = server.describe().connection;
  return {
    address: { path: `${host}/.s.PGSQL.${port}` },
    url: new URL('postgres://postgres@embedded/postgres'),
  };
}

async function startNative(stack: AsyncDisposableStack): Promise<Target> {
  const native = await createNativeDatabase();
  stack.defer(native.drop);
  const url = new URL(native.url);
  return { address: { host: url.hostname, port: Number(url.port) || 5432 }, url };
}
