import { describeWithRedis } from '../../support/requirements.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { ADMIN_TOKEN, drillsOf } from '../../support/service/admin.ts';
import { startService } from '../../support/service/service.ts';

const env = { ADMIN_TOKEN, DRILLS_ENABLED: 'true' };
const QUESTIONS = 60;

it('a drill of half of the calls is told of the answers that it changed, and of no other', async () => {
  // Enough failures in a row to open it do not come by chance.
  const service = await startService({ ...env, CIRCUIT_BREAKER_FAIL_THRESHOLD: '100' });
  await service.ingest(handbook);
  const { begin, end } = drillsOf(service);
  const { id } = await begin('embedding_api', 'refuse', { share: 0.5 });
  const seen = { hybrid: 0, lexical: 0 };
  for (let number = 0; number < QUESTIONS; number++) {
    const { retrieval, drill } = (await service.query(circuitQuestion(number))).body.metadata;
    expect([retrieval, drill]).toEqual(drill === null ? ['hybrid', null] : ['lexical', ['embedding_api']]);
    seen[drill === null ? 'hybrid' : 'lexical']++;
  }
  expect(Math.min(seen.hybrid, seen.lexical)).toBeGreaterThan(QUESTIONS / 10);
  expect((await end(id)).drill.calls_hit).toBeGreaterThanOrEqual(seen.lexical);
  await service.close();
});

describeWithRedis('with Redis', () => {
  it('a drill of it leaves each instance its own cache', async () => {
    const redis = await RedisServer.start();
    const service = await startService({ ...env, REDIS_URL: redis.url });
    await service.ingest(handbook);
    const { begin, end } = drillsOf(service);
    const { id } = await begin('redis', 'hang');
    const { body } = await service.query(circuitQuestion(1));
    expect(body.metadata).toMatchObject({ from_fallback: false, drill: ['redis'] });
    const again = await service.query(circuitQuestion(1));
    expect(again.body.metadata).toMatchObject({ from_cache: true, stale: false });
    await end(id);
    await service.close();
    await redis.kill();
  });
});
