import { describeWithRedis } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { attempt, metadata } from '../../support/scenarios/expected.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const TIMEOUT_MS = 100;
/** Longer than a circuit stays open, and than it remembers. */
const REST_MINUTES = 6;
const MINUTE_MS = 60_000;
const FAIL_THRESHOLD = 5;
/** Of the answer, its passages and the question's vector, each looked for and then stored. */
const READS = 3;
const CALLS = 2 * READS;

describeWithRedis('the calls to Redis during an outage', () => {
  const fake = new FakeHuggingFace();
  const clock = new FakeClock();
  let redis: RedisServer;
  let service: Service;
  let idleTimers = 0;
  let asked = 0;
  let isFrozen = false;

  beforeAll(async () => {
    await fake.start();
    redis = await RedisServer.start();
    const env = {
      GENERATION_TARGETS: modelUrl(fake),
      REDIS_URL: redis.url,
      DATABASE_TIMEOUT_MS: '3600000',
    };
    service = await startService(env, clock);
    await service.ingest(handbook);
    await ask();
    await until('what is done in the background is done', () => service.isAtRest());
    idleTimers = clock.pendingTimers;
  });

  afterAll(async () => {
    await service.close();
    await redis.kill();
    await fake.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  /** The outcomes of the guard's calls and refusals for one question. */
  const guardOutcomes = (id: string) =>
    service.logs
      .filter(({ request_id, breaker_name }) => request_id === id && breaker_name === 'redis')
      .map(({ event, error_type }) => [String(event), error_type] as const)
      .filter(([event]) => event !== 'circuit_call_attempt' && event !== 'circuit_state_change')
      .map(([event, kind]) => (event === 'circuit_failure' ? String(kind) : event.replace('circuit_', '')))
      .sort();

  /** Asks; whenever Redis is waited for, its time limit passes. The answer must be a healthy one all the same. */
  async function ask(): Promise<{ calls: string[]; tookMs: number }> {
    const id = `asker-${asked}`;
    const beganAt = clock.now();
    let status = 0;
    const answer = service.query(circuitQuestion(asked++), {}, { headers: { 'x-request-id': id } });
    void answer.then((reply) => (status = reply.status));
    await until('it is answered, and Redis asked for no more', async () => {
      if (clock.isDueIn(TIMEOUT_MS) && isFrozen) await clock.advance(TIMEOUT_MS);
      return status !== 0 && guardOutcomes(id).length === CALLS;
    });
    expect((await answer).body.metadata).toEqual(metadata({ attempts: [healthy] }));
    return { calls: guardOutcomes(id), tookMs: clock.now() - beganAt };
  }

  /** The limits of writes pass beside it. */
  const healthy = { ...attempt('success'), duration_ms: expect.any(Number) };
  const allSuccessful = Array<string>(CALLS).fill('success');
  const refused = Array<string>(CALLS).fill('call_rejected');

  /** Nothing waits after it, neither of questions nor of the channel to other instances, which is dialled anew. */
  async function passMinute(): Promise<void> {
    await clock.advance(MINUTE_MS);
    await until('only the idle timers are left', async () => {
      if (clock.pendingTimers !== idleTimers) await clock.advance(TIMEOUT_MS);
      return clock.pendingTimers === idleTimers;
    });
  }

  /** Redis is used again by itself. */
  async function expectRecovery(): Promise<void> {
    for (let minute = 0; minute < REST_MINUTES; minute++) await passMinute();
    expect((await ask()).calls).toEqual(allSuccessful);
    expect(await service.guard('redis')).toMatchObject({ state: 'closed', fail_count: 0 });
    await passMinute();
    await fake.allClosed();
  }

  it.each([
    ['is killed', 'network', () => redis.kill(), () => redis.start()],
    ['is frozen', 'timeout', async () => redis.freeze(), async () => redis.thaw()],
  ])('fail five times and stop when Redis %s', async (_, kind, breakRedis, repair) => {
    await breakRedis();
    isFrozen = kind === 'timeout';
    const { calls, tookMs } = await ask();
    expect(calls.filter((call) => call === kind).length).toBeGreaterThanOrEqual(FAIL_THRESHOLD);
    expect(calls.filter((call) => call !== kind && call !== 'call_rejected')).toEqual([]);
    expect(tookMs).toBeLessThanOrEqual(FAIL_THRESHOLD * TIMEOUT_MS);
    expect(await service.guard('redis')).toMatchObject({
      state: 'open',
      consecutive_trips: 1,
      last_failure_kind: kind,
    });
    for (let question = 0; question < 3; question++)
      expect(await ask()).toEqual({ calls: refused, tookMs: 0 });
    isFrozen = false;
    await repair();
    await expectRecovery();
  });

  it.each([
    ['has become a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    [
      'misses its replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
  ])('fail for writes alone when Redis %s', async (_, breakRedis, repair) => {
    await redis.command(...breakRedis);
    for (let question = 0; question < 3; question++) {
      const { calls, tookMs } = await ask();
      expect(calls).toEqual([...Array<string>(READS).fill('database'), ...allSuccessful.slice(READS)]);
      expect(tookMs).toBe(0);
    }
    // Never five in a row.
    expect(await service.guard('redis')).toMatchObject({ state: 'closed', consecutive_trips: 0 });
    await redis.command(...repair);
    await expectRecovery();
  });
});
