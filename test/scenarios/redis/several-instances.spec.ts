import { describeWithPostgresAndRedis } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { createNativeDatabase, type NativeDatabase } from '../../support/postgres/native-postgres.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { ServiceProcess } from '../../support/service/service-process.ts';
import { until } from '../../support/until.ts';
import type { AnswerBody } from '../../support/service/service.ts';

const ADMIN_TOKEN = 'a-token-for-this-test-alone';
/** Nothing listens there. */
const REFUSED = 'http://127.0.0.1:4/v1?model=m&name=model';
const LIMIT_MS = 180_000;

describeWithPostgresAndRedis('two processes that share Redis and Postgres', () => {
  let redis: RedisServer;
  let database: NativeDatabase;
  let a: ServiceProcess;
  let b: ServiceProcess;
  let asked = 0;

  const start = (name: string) =>
    ServiceProcess.start({
      INSTANCE_NAME: name,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      GENERATION_TARGETS: REFUSED,
      CIRCUIT_BREAKER_TIMEOUT_SECONDS: '300',
      RETRY_MAX_ATTEMPTS: '1',
      PROBE_INTERVAL_SECONDS: '0',
      ADMIN_TOKEN,
    });

  /** Asks something new, which the model's refusal keeps from being generated; the reason given. */
  async function ask(instance: ServiceProcess): Promise<string | null> {
    const reply = await instance.request<AnswerBody>('POST', '/query', { query: circuitQuestion(asked++) });
    expect(reply.status).toBe(200);
    return reply.body.metadata.fallback_reason;
  }

  async function act(instance: ServiceProcess, action: string, body?: unknown): Promise<void> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const { status } = await instance.request(
      'POST',
      `/admin/circuit-breakers/model/${action}`,
      body,
      headers,
    );
    expect(status).toBe(200);
  }

  const hasMode = (instance: ServiceProcess, mode: string) =>
    until(`the mode is ${mode}`, async () => (await instance.guard('model')).mode === mode);

  beforeAll(async () => {
    [redis, database] = await Promise.all([RedisServer.start(), createNativeDatabase()]);
    a = await start('a');
    b = await start('b');
    await a.request('POST', '/documents', { documents: handbook });
  }, LIMIT_MS);

  afterAll(async () => {
    await Promise.all([a.kill(), b.kill()]);
    await redis.kill();
    await database.drop();
  }, LIMIT_MS);

  it(
    "share open circuits and an operator's decision, and restore open circuits after a restart",
    async () => {
      await until('b knows of a', async () => (await b.guard('model')).peers_open === false);
      for (let failure = 0; failure < 5; failure++) expect(await ask(a)).toBe('generation_failed_no_cache');
      expect(await a.guard('model')).toMatchObject({ state: 'open', peers_open: false });
      await until('b is advised', async () => (await b.guard('model')).peers_open === true);
      expect(await b.guard('model')).toMatchObject({ state: 'closed', totals: { calls: 0 } });
      expect(await ask(b)).toBe('generation_failed_no_cache');
      expect(await b.guard('model')).toMatchObject({ state: 'open', totals: { failures: 1 } });
      expect(await ask(b)).toBe('circuit_breaker_open_no_cache');

      await until('b shows the calls of both', async () => {
        const { health_of_all } = await b.guard('model');
        return health_of_all?.instances === 2 && health_of_all.hour.calls === 6;
      });

      await act(a, 'force-state', { state: 'closed', ttl_seconds: 600 });
      await hasMode(b, 'forced_closed');
      await redis.kill();
      await act(b, 'force-state', { state: 'open', ttl_seconds: 600 });
      await hasMode(a, 'forced_open');

      const before = await a.guard('model');
      await a.kill();
      a = await start('a');
      const after = await a.guard('model');
      expect(after).toMatchObject({ state: 'open', mode: 'forced_open', totals: { calls: 0 } });
      expect(after.retry_after).toBeLessThanOrEqual(Number(before.retry_after));
      expect(after.retry_after).toBeGreaterThan(0);

      await redis.start();
      await act(a, 'reset');
      await hasMode(b, 'auto');
      await until('b is closed', async () => (await b.guard('model')).state === 'closed');
      await until('both have joined again', async () => (await b.guard('model')).peers_open === false);
      await a.stop();
      await until('b is alone', async () => (await b.guard('model')).peers_open === null);
    },
    LIMIT_MS,
  );
});
