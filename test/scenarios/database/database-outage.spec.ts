import { Client } from 'pg';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { ConnectionFailedError } from '../../../src/postgres/connection/database-errors.ts';
import { nativeServer } from '../../../src/postgres/connection/database-server.ts';
import { StartupMigrations } from '../../../src/postgres/migrations/startup-migrations.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { AttemptTimeoutError, GuardRejectedError } from '../../../src/resilience/guard/errors.ts';
import { DatabaseRelay } from '../../support/postgres/database-relay.ts';
import { createDatabase, silentLogger } from '../../support/postgres/database.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { defaultSettings } from '../../support/guards/guards.ts';
import {
  createNativeDatabase,
  type NativeDatabase,
  SEARCH_PATH,
} from '../../support/postgres/native-postgres.ts';
import { describeWithPostgres } from '../../support/requirements.ts';
import { until } from '../../support/until.ts';

const SLOW = 'SELECT 8 AS n FROM pg_sleep(1)';
const END_SLOW =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1 AND datname = current_database()';

describeWithPostgres('the connection to a native database', () => {
  let owned: NativeDatabase;
  let relay: DatabaseRelay;
  let connections: Connections;

  beforeEach(async () => {
    owned = await createNativeDatabase();
    relay = await DatabaseRelay.prepare(owned.url);
    connections = new Connections(nativeServer(relay.url, 5_000), 5_000, systemClock);
  });
  afterEach(async () => {
    await connections.close();
    await relay.stop();
    await owned.drop();
  });

  it('opens the circuit when no server listens, so that later calls are refused at once', async () => {
    const { database, guard } = createDatabase(connections);
    for (let call = 0; call < defaultSettings.failThreshold; call++)
      await expect(database.ping()).rejects.toBeInstanceOf(ConnectionFailedError);
    await expect(database.ping()).rejects.toBeInstanceOf(GuardRejectedError);
    expect(guard.snapshot().state).toBe('open');
  });

  it('migrates the database as soon as it can be reached', async () => {
    const clock = new FakeClock();
    const migrations = new StartupMigrations(connections, clock, silentLogger);
    await migrations.start();
    expect(migrations.ready).toBe(false);
    await relay.start();
    await clock.advance(500);
    await migrations.whenReady();
    expect(migrations.ready).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not retry the migrations after the service has stopped', async () => {
    const clock = new FakeClock();
    const migrations = new StartupMigrations(connections, clock, silentLogger);
    await migrations.start();
    migrations.stop();
    await clock.advance(60_000);
    expect(clock.pendingTimers).toBe(0);
    expect(migrations.ready).toBe(false);
  });

  it('fails the statement that was running when the connection was cut, and replaces idle connections that were cut', async () => {
    await relay.start();
    const { database, events } = createDatabase(connections);
    const running = database.transaction(async (tx) => {
      await tx.query('SELECT 1');
      relay.cut();
      await tx.query('SELECT pg_sleep(5)');
    });
    await expect(running).rejects.toThrow(/ECONNRESET|terminated/);
    expect(events).toContainEqual(expect.objectContaining({ outcome: 'failure', errorType: 'network' }));
    await database.ping();
    relay.cut();
    // This one may still meet the dead connection.
    await database.query('SELECT 5').catch(() => undefined);
    await expect(database.query('SELECT 6 AS n')).resolves.toEqual([{ n: 6 }]);
    relay.cut();
    await expect(database.read('SELECT 7 AS n')).resolves.toEqual([{ n: 7 }]);
  });

  it.each(['read', 'query'] as const)('retries only reads when the server ends them: %s', async (call) => {
    await relay.start();
    const { database, events } = createDatabase(connections);
    const operator = new Client({ connectionString: owned.url, options: SEARCH_PATH });
    await operator.connect();
    const running = Promise.allSettled([database[call](SLOW)]);
    await until(
      'the statement is ended',
      async () => (await operator.query(END_SLOW, [SLOW])).rowCount === 1,
    );
    const [result] = await running;
    await operator.end();
    const failure = { type: 'settled', outcome: 'failure', errorType: 'database' };
    const expected = {
      read: {
        result: { status: 'fulfilled', value: [{ n: 8 }] },
        events: ['attempt', failure, 'retry', 'attempt', { type: 'settled', outcome: 'success' }],
      },
      query: {
        result: { status: 'rejected', reason: expect.objectContaining({ code: '57P01' }) },
        events: ['attempt', failure],
      },
    }[call];
    expect(result).toEqual(expected.result);
    expect(events).toMatchObject(
      expected.events.map((event) => (typeof event === 'string' ? { type: event } : event)),
    );
  });

  it('fails a read without a retry when the server is gone', async () => {
    await relay.start();
    const { database, events } = createDatabase(connections);
    await database.ping();
    await relay.stop();
    await expect(database.read('SELECT 9')).rejects.toBeInstanceOf(ConnectionFailedError);
    expect(events.filter(({ type }) => type === 'attempt').length).toBeLessThanOrEqual(3);
  });

  it('discards a connection on which no answer comes', async () => {
    await relay.start();
    const impatient = new Connections(nativeServer(relay.url, 500), 500, systemClock);
    const { database } = createDatabase(impatient);
    const running = database.transaction(async (tx) => {
      await tx.query('SELECT 1');
      relay.freeze();
      await tx.query('SELECT 2');
    });
    await expect(running).rejects.toBeInstanceOf(AttemptTimeoutError);
    await expect(database.query('SELECT 7 AS n')).resolves.toEqual([{ n: 7 }]);
    await impatient.close();
  });

  it('retries one of two transactions that deadlock', async () => {
    await relay.start();
    const { database } = createDatabase(connections);
    await database.query('CREATE TABLE counters AS SELECT id, 0 AS n FROM generate_series(1, 2) AS id');
    const add = (first: number, second: number, both: Promise<void>, here: () => void) =>
      database.transaction(async (tx) => {
        await tx.query('UPDATE counters SET n = n + 1 WHERE id = $1', [first]);
        here();
        await both;
        await tx.query('UPDATE counters SET n = n + 1 WHERE id = $1', [second]);
      });
    const [a, b] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await Promise.all([add(1, 2, b.promise, a.resolve), add(2, 1, a.promise, b.resolve)]);
    expect(await database.query('SELECT n FROM counters')).toEqual([{ n: 2 }, { n: 2 }]);
  });
});
