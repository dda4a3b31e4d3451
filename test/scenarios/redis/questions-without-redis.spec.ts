import { describeWithRedis } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

describeWithRedis('POST /query during a Redis outage', () => {
  const fake = new FakeHuggingFace();
  let redis: RedisServer;
  let service: Service;
  let asked = 0;

  beforeAll(async () => {
    await fake.start();
    redis = await RedisServer.start();
    service = await startService({
      GENERATION_TARGETS: modelUrl(fake),
      REDIS_URL: redis.url,
      CIRCUIT_BREAKER_REDIS_TIMEOUT_SECONDS: '1',
    });
    await service.ingest(handbook);
  });

  afterAll(async () => {
    await service.close();
    await redis.kill();
    await fake.stop();
  });

  const state = async () => (await service.guard('redis')).state;

  async function goesOn(): Promise<void> {
    const question = circuitQuestion(asked++);
    const calls = fake.count('chat');
    const generated = await service.query(question);
    expect(generated.body.metadata).toMatchObject({ from_fallback: false, from_cache: false, notice: null });
    const again = await service.query(question);
    expect(again.body.answer).toBe(generated.body.answer);
    expect(again.body.metadata).toMatchObject({ from_fallback: false, from_cache: true, stale: false });
    expect(fake.count('chat')).toBe(calls + 1);
  }

  it.each([
    ['is frozen', () => redis.freeze(), () => redis.thaw()],
    ['is killed', () => redis.kill(), () => redis.start()],
  ])('answers while Redis %s, and from memory when a question is repeated', async (_, breakRedis, repair) => {
    await goesOn();
    expect(await state()).toBe('closed');
    await breakRedis();
    await until('its circuit has opened', async () => {
      await goesOn();
      return (await state()) === 'open';
    });
    const health = await service.request('GET', '/health');
    expect(health.status).toBe(200);
    expect(health.body).toMatchObject({ info: { cache: { status: 'degraded', shared: false } } });
    const ready = await service.request('GET', '/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { status: 'ok' } });
    await repair();
    await until('its circuit has closed', async () => {
      await goesOn();
      return (await state()) === 'closed';
    });
    await fake.allClosed();
  });
});
