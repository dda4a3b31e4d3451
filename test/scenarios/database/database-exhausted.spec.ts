import { Client } from 'pg';
import { describeWithPostgres } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { metadata } from '../../support/scenarios/expected.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import {
  createNativeDatabase,
  type NativeDatabase,
  SEARCH_PATH,
} from '../../support/postgres/native-postgres.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const CONNECTIONS = 10;
/** Six questions are searched at once. */
const QUESTIONS = 5;
/** By words and by meaning. */
const SEARCHES = 2 * QUESTIONS;
/** Long enough that the server, which counts in real time, does not end a statement before the clock is moved. */
const TIMEOUT_MS = 20_000;
/** What the driver's own limit lies above the server's. */
const GRACE_MS = 100;
const OPEN_MS = 30_000;
const CACHED = circuitQuestion(1_000);

describeWithPostgres('POST /query while the database is exhausted', () => {
  const clock = new FakeClock();
  const fake = new FakeHuggingFace();
  let owned: NativeDatabase;
  let other: Client;
  /** Apart from the other, which sees no news within its transaction. */
  let watcher: Client;
  let service: Service;
  let asked = 0;

  beforeAll(async () => {
    owned = await createNativeDatabase();
    other = new Client({ connectionString: owned.url, options: SEARCH_PATH });
    watcher = new Client({ connectionString: owned.url, options: SEARCH_PATH });
    await Promise.all([other.connect(), watcher.connect()]);
    await fake.start();
    const env = {
      GENERATION_TARGETS: modelUrl(fake),
      DATABASE_URL: owned.url,
      DATABASE_TIMEOUT_MS: String(TIMEOUT_MS),
      // Background work that gets a released connection succeeds between the timeouts: they are not in a row.
      CIRCUIT_BREAKER_STRATEGY: 'count',
    };
    service = await startService(env, clock);
    await service.ingest(handbook);
  });

  afterAll(async () => {
    await service.close();
    await fake.stop();
    await Promise.all([other.end(), watcher.end()]);
    await owned.drop();
    expect(clock.pendingTimers).toBe(0);
  });

  const isQuiet = () => service.isAtRest();
  const ask = (init: RequestInit = {}) =>
    service.query(
      circuitQuestion(asked++),
      {},
      { headers: { 'x-request-id': `searcher-${asked}` }, ...init },
    );
  /** The guard's events for the questions, without those for background work. */
  const guardEvents = (wanted: string) =>
    service.logs.filter(
      ({ event, breaker_name, request_id }) =>
        event === wanted && breaker_name === 'postgres' && String(request_id).startsWith('searcher-'),
    );
  const blocked = async () => {
    const { rows } = await watcher.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]?.n;
  };

  it('answers 503 at the time limit while every connection waits for a lock, and 200 when the lock is released', async () => {
    const answer = (await service.query(CACHED)).body;
    expect(answer.metadata).toEqual(metadata());
    expect((await ask()).status).toBe(200);
    await until('nothing goes on in the background', isQuiet);
    await other.query('BEGIN');
    await other.query('LOCK TABLE corpus_languages, chunks IN ACCESS EXCLUSIVE MODE');

    const attempts = guardEvents('circuit_call_attempt').length;
    const waiting = Array.from({ length: QUESTIONS }, () => ask());
    const caller = new AbortController();
    await until('all connections are taken', async () => (await blocked()) === CONNECTIONS);
    await until(
      'all searches wait',
      () => guardEvents('circuit_call_attempt').length === attempts + SEARCHES,
    );
    const series = await scrape(service);
    expect(seriesOf('failsoft_connections_in_use', series)).toEqual({ '{name="postgres"}': CONNECTIONS });
    const depth = { '{name="generation"}': 0, '{name="postgres"}': SEARCHES - CONNECTIONS };
    expect(seriesOf('bulkhead_queue_depth', series)).toEqual(depth);
    const left = ask({ signal: caller.signal });
    await until(
      'one more waits',
      () => guardEvents('circuit_call_attempt').length === attempts + SEARCHES + 2,
    );
    caller.abort();
    await expect(left).rejects.toThrow('aborted');
    await until('its searches have left', () => guardEvents('circuit_failure').length === 2);
    expect(guardEvents('circuit_failure').map(({ outcome }) => outcome)).toEqual(['ignored', 'ignored']);
    const cached = metadata({ from_cache: true, cached_at: expect.any(String), attempts: [] });
    expect((await service.query(CACHED)).body).toEqual({ ...answer, metadata: cached });

    await clock.advance(TIMEOUT_MS + GRACE_MS);
    for (const { status, headers, body } of await Promise.all(waiting)) {
      expect(status).toBe(503);
      expect(body).toMatchObject({ error: 'service_unavailable' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    const failures = guardEvents('circuit_failure').filter(({ outcome }) => outcome === 'failure');
    expect(failures.map(({ error_type }) => error_type)).toEqual(Array(SEARCHES).fill('timeout'));
    expect(failures.filter(({ late }) => !late).length).toBe(5);
    expect(await service.guard('postgres')).toMatchObject({ state: 'open', trips: 1 });
    const calls = fake.count('chat');
    expect((await ask()).status).toBe(503);
    expect((await service.query(CACHED)).body).toEqual({ ...answer, metadata: cached });
    expect(fake.count('chat')).toBe(calls);

    await other.query('COMMIT');
    await until('the given-up statements have ended', async () => (await blocked()) === 0);
    await clock.advance(OPEN_MS);
    await until('the circuit has closed', async () => {
      await ask();
      return (await service.guard('postgres')).state === 'closed';
    });
    for (const { body } of await Promise.all(Array.from({ length: QUESTIONS }, () => ask())))
      expect(body.metadata).toEqual(metadata());
    expect(await service.guard('postgres')).toMatchObject({ state: 'closed', fail_count: 0 });
    await fake.allClosed();
    await until('nothing goes on any more', isQuiet);
  });
});
