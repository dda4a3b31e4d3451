import { describeWithOwnPostgres } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { guard, metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { OwnPostgres } from '../../support/postgres/own-postgres.ts';
import { modelUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { startService } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const OPEN_MS = 30_000;
const CACHED = circuitQuestion(1_000);
describeWithOwnPostgres('POST /query during a database outage', () => {
  let postgres: OwnPostgres;

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
  });

  afterAll(() => postgres.drop());

  let close: () => Promise<void>;

  beforeEach(() => postgres.restart());

  afterEach(async () => {
    postgres.thaw();
    await close();
  });

  it('does not show a document that was deleted just before the database was killed', async () => {
    const scenario: Scenario = await startWithFake({ DATABASE_URL: postgres.url });
    ({ close } = scenario);
    const { service, settled } = scenario;
    await service.ingest([{ id: 'lamp', text: 'The harbour lamp hangs in the pilot office.' }]);
    const question = 'Where does the harbour lamp hang?';
    expect(await service.query(question)).toMatchObject({ status: 200, body: { metadata: metadata() } });
    await settled();
    expect((await fetch(`${service.url}/documents/lamp`, { method: 'DELETE' })).status).toBe(204);
    await postgres.kill();
    const { status, body } = await service.query(question);
    expect(status).toBe(503);
    expect(JSON.stringify(body)).not.toContain('pilot');
    postgres.restart();
  });

  it('answers cached questions while the database is down, and others with 503 until it is back', async () => {
    const scenario: Scenario = await startWithFake({
      DATABASE_URL: postgres.url,
      CACHE_TTL_SECONDS: '10',
    });
    ({ close } = scenario);
    const { service, fake, clock, ask, settled } = scenario;
    const answer = (await service.query(CACHED)).body;
    expect(answer.metadata).toEqual(metadata());
    const calls = fake.count('chat');
    // The answer is still being kept for questions like it.
    await settled();

    await postgres.kill();
    await clock.advance(2_000);
    const cached = metadata({ from_cache: true, cached_at: expect.any(String), attempts: [] });
    expect((await service.query(CACHED)).body).toEqual({ ...answer, metadata: cached });
    const unanswered = await ask();
    expect(unanswered.status).toBe(503);
    expect(unanswered.headers.get('retry-after')).toBe('1');
    await ask();
    expect(await service.guard('postgres')).toMatchObject({ state: 'open', fail_count: 5, retry_after: 30 });
    const deferring = await service.query(circuitQuestion(2_000), { defer: true });
    expect(deferring.body).toMatchObject({ error: 'service_unavailable', deferred: null });
    await clock.advance(4_500);
    const { status, headers, body } = await ask();
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('26');
    expect(body).toMatchObject({
      error: 'service_unavailable',
      retry_after: 26,
      circuit_status: {
        circuit_breaker: guard('huggingface_api'),
        circuit_breakers: { postgres: { state: 'open', is_healthy: false, retry_after: 26 } },
      },
    });
    expect((await service.query(CACHED)).body.metadata).toEqual(cached);

    await clock.advance(5_000);
    expect((await service.query(CACHED)).body.metadata).toEqual({
      ...cached,
      from_fallback: true,
      fallback_source: 'l1_cache',
      fallback_reason: 'circuit_breaker_open',
      stale: true,
      notice: expect.stringContaining('answer was generated on'),
    });
    expect(fake.count('chat')).toBe(calls);
    for (const [method, path, payload] of [
      ['POST', '/documents', { documents: handbook }],
      ['GET', '/documents', undefined],
      ['GET', '/passages/1', undefined],
      ['POST', '/search', { query: 'circuit' }],
    ] as const) {
      const reply = await service.request(method, path, payload);
      expect(reply.status).toBe(503);
      expect(reply.body).toMatchObject({ error: 'service_unavailable', retry_after: 21 });
      expect(reply.headers.get('retry-after')).toBe('21');
    }
    const ready = await service.request('GET', '/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { status: 'degraded' } });
    const health = await service.request('GET', '/health');
    expect(health).toMatchObject({ status: 503, body: { error: { postgres: { status: 'down' } } } });

    postgres.restart();
    await clock.advance(OPEN_MS);
    // Half-open it takes three calls at a time, of which one question alone makes more.
    await until('the circuit has closed', async () => {
      await ask();
      return (await service.guard('postgres')).state === 'closed';
    });
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard('postgres')).toMatchObject({ state: 'closed', fail_count: 0 });
    await settled();
  });

  it('answers cached questions within 150 ms while the database is frozen', async () => {
    const scenario: Scenario = await startWithFake({ DATABASE_URL: postgres.url });
    ({ close } = scenario);
    const { service, clock, settled } = scenario;
    const answer = (await service.query(CACHED)).body;
    await settled();

    postgres.freeze();
    await clock.advance(1_000);
    const isAsked = ({ event, breaker_name, request_id }: Record<string, unknown>) =>
      event === 'circuit_call_attempt' && breaker_name === 'postgres' && request_id === 'first';
    const first = service.query(CACHED, {}, { headers: { 'x-request-id': 'first' } });
    await until('the database is asked for the revision', () => service.logs.some(isAsked));
    await clock.advance(150);
    const cached = metadata({ from_cache: true, cached_at: expect.any(String), attempts: [] });
    expect((await first).body).toEqual({ ...answer, metadata: cached });
    // The revision is still being read: nobody waits for it once more.
    expect((await service.query(CACHED)).body).toEqual({ ...answer, metadata: cached });
    postgres.thaw();
    await settled();
  });

  it('answers 503 in time while the database is frozen, and 200 when it goes on', async () => {
    const fake = await new FakeHuggingFace().start();
    const service = await startService({
      GENERATION_TARGETS: modelUrl(fake),
      DATABASE_URL: postgres.url,
      DATABASE_TIMEOUT_MS: '200',
      CIRCUIT_BREAKER_POSTGRES_TIMEOUT_SECONDS: '1',
    });
    close = () => service.close().then(() => fake.stop());
    // The first connections, too, have no more than these 200 ms, and are tried again on a busy machine.
    await until(
      'the database is ready',
      async () => (await service.request('GET', '/health')).status === 200,
    );
    await service.ingest(handbook);
    expect((await service.query(CACHED)).status).toBe(200);
    let asked = 0;
    const ask = () => service.query(circuitQuestion(asked++));

    postgres.freeze();
    await until('the circuit has opened', async () => {
      const { status, headers } = await ask();
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      return (await service.guard('postgres')).state === 'open';
    });
    expect((await service.query(CACHED)).body.metadata).toMatchObject({ from_cache: true, stale: false });
    postgres.thaw();
    await until('questions are answered', async () => (await ask()).status === 200);
    await until('the circuit has closed', async () => {
      expect((await ask()).body.metadata).toMatchObject({ from_fallback: false, from_cache: false });
      return (await service.guard('postgres')).state === 'closed';
    });
    await fake.allClosed();
  });
});
