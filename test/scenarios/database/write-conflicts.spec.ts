import { Client } from 'pg';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import { nativeServer } from '../../../src/postgres/connection/database-server.ts';
import { Database } from '../../../src/postgres/connection/database.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { createDatabase } from '../../support/postgres/database.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { createNativeDatabase, SEARCH_PATH } from '../../support/postgres/native-postgres.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { describeWithPostgres } from '../../support/requirements.ts';
import { until } from '../../support/until.ts';

const TENANT = 'default';
/** Longer than a writer waits for a lock in all. */
const LOCKED_MS = 60_001;
/** The longest pause before the next place in the queue. */
const CONFLICT_PAUSE_MS = 20;
/** More turns than a fair queue ever needs. */
const TURNS = 20;

const REFUSED = {
  error: 'service_unavailable',
  message: 'The document store is temporarily unavailable. Please try again shortly.',
  retry_after: 1,
  circuit_status: expect.any(Object),
  request_id: expect.any(String),
};

/** Lets every change of a document fail with that SQLSTATE. */
const failWith = (state: string) => `
  CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${state}'; END $$;
  CREATE OR REPLACE TRIGGER fail BEFORE INSERT OR DELETE ON documents FOR EACH ROW EXECUTE FUNCTION fail()`;

describe('a request without a usable database', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
    await service.ingest([{ id: 'stored', text: 'A stored document.' }]);
  });
  afterAll(() => service.close());

  it.each([
    ['serialization_failure', '40001'],
    ['deadlock_detected', '40P01'],
  ])('answers 503 when its transaction ends with %s at each try', async (_, state) => {
    await service.app.get(Database).script(failWith(state));
    const documents = [{ id: 'new', text: 'A new document.' }];
    for (const reply of [
      await service.request('POST', '/documents', { documents }),
      await service.request('DELETE', '/documents/stored'),
    ]) {
      expect(reply).toMatchObject({ status: 503, body: REFUSED });
      expect(reply.headers.get('retry-after')).toBe('1');
    }
    expect(service.logs.filter(({ event }) => event === 'internal_error')).toEqual([]);
    expect(await service.guard('postgres')).toMatchObject({ state: 'closed', fail_count: 0 });
  });

  it('answers 503 when the connections are closed', async () => {
    await service.app.get(Connections).close();
    for (const [method, path, body] of [
      ['GET', '/documents', undefined],
      ['POST', '/documents', { documents: [{ id: 'late', text: 'A late document.' }] }],
      ['GET', '/answers/8c9b0a52-1c0e-4a53-9a63-0f6c3a2f3a11', undefined],
      ['POST', '/search', { query: 'stored' }],
      ['POST', '/query', { query: 'What is stored?' }],
    ] as const) {
      const { status, body: shown } = await service.request(method, path, body);
      expect({ path, status, shown }).toMatchObject({
        path,
        status: 503,
        shown: { error: 'service_unavailable' },
      });
    }
  });
});

describeWithPostgres('two writers of one tenant', () => {
  const isWaitedFor = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

  it('take turns, even when one asks for its next turn at the end of the last', async () => {
    await using stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    const open = () => {
      const connections = new Connections(nativeServer(owned.url, 5_000), 5_000, systemClock);
      stack.defer(() => connections.close());
      return { connections, ...createDatabase(connections) };
    };
    const [one, other] = [open(), open()];
    await applyMigrations(one.connections, new AbortController().signal);
    const busy = new CorpusRepository(one.database);
    await busy.bump(TENANT);
    const later = { isWritten: false };
    const isQueued = async () => later.isWritten || (await one.database.query(isWaitedFor)).length > 0;
    for (let turn = 1; turn <= TURNS && !later.isWritten; turn++)
      await busy.write(TENANT, async () => {
        // The other writer starts while the first turn goes on.
        if (turn === 1)
          void new CorpusRepository(other.database).bump(TENANT).then(() => {
            later.isWritten = true;
          });
        await until('the other writer stands in the queue', isQueued);
      });
    expect(later.isWritten).toBe(true);
    expect(other.guard.snapshot().fail_count).toBe(0);
  });

  it('do not wait for each other for more than a minute, after which the second gets a 503', async () => {
    await using stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    const clock = new FakeClock();
    const service = await startService({ DATABASE_URL: owned.url, DATABASE_TIMEOUT_MS: '600000' }, clock);
    stack.defer(() => service.close());
    await service.ingest([{ id: 'stored', text: 'A stored document.' }]);
    const holder = new Client({ connectionString: owned.url, options: SEARCH_PATH });
    await holder.connect();
    stack.defer(() => holder.end());
    await holder.query('BEGIN');
    await holder.query('SELECT FROM corpora WHERE tenant_id = $1 FOR UPDATE', [TENANT]);

    const refused = service.request('DELETE', '/documents/stored');
    const database = service.app.get(Database);
    // It leaves the queue for a pause now and then, and comes back only when time passes.
    const isQueued = async () => {
      await clock.advance(CONFLICT_PAUSE_MS);
      return (await database.query(isWaitedFor)).length === 1;
    };
    await until('it stands in the queue', isQueued);
    await clock.advance(LOCKED_MS);
    expect(await refused).toMatchObject({ status: 503, body: REFUSED });
    expect(await service.guard('postgres')).toMatchObject({ state: 'closed', fail_count: 0 });

    await holder.query('ROLLBACK');
    expect((await service.request('DELETE', '/documents/stored')).status).toBe(204);
  });
});
