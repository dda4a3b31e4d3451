import { DatabaseRelay } from '../../support/postgres/database-relay.ts';
import { describeWithPostgres, describeWithRedis } from '../../support/requirements.ts';
import { metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { createNativeDatabase, type NativeDatabase } from '../../support/postgres/native-postgres.ts';
import { RedisServer } from '../../support/redis/redis-server.ts';
import { modelUrl, startWithFake } from '../../support/scenarios/scenario.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const QUESTION = 'Where does the harbour lamp hang?';
const lamp = { id: 'lamp', text: 'The harbour lamp hangs in the pilot office.' };
const CERTAIN_MS = 30_000;
const OPEN_MS = 30_000;

describeWithPostgres('an instance that is cut off from the database', () => {
  let owned: NativeDatabase;
  let relay: DatabaseRelay;

  beforeEach(async () => {
    owned = await createNativeDatabase();
    relay = await DatabaseRelay.prepare(owned.url);
    await relay.start();
  });
  afterEach(async () => {
    await relay.stop();
    await owned.drop();
  });

  describeWithRedis('while another instance with the same Redis is connected', () => {
    let fake: FakeHuggingFace;
    let redis: RedisServer;
    let here: Service;
    let there: Service;

    beforeEach(async () => {
      fake = await new FakeHuggingFace().start();
      redis = await RedisServer.start();
      const start = (url: string) =>
        startService({ GENERATION_TARGETS: modelUrl(fake), DATABASE_URL: url, REDIS_URL: redis.url });
      here = await start(relay.url);
      there = await start(owned.url);
      await here.ingest([lamp]);
      await here.query(QUESTION);
      const isKept = async () => (await here.query(QUESTION)).body.metadata.from_cache;
      await until('the answer is kept', isKept);
      await relay.stop();
      const { body } = await here.query(QUESTION);
      expect(body.metadata).toMatchObject({ from_cache: true, stale: false });
    });
    afterEach(async () => {
      await Promise.all([here.close(), there.close()]);
      await redis.kill();
      await fake.stop();
    });

    it('does not show a document that the other instance has deleted', async () => {
      expect((await there.request('DELETE', '/documents/lamp')).status).toBe(204);
      await until('the deletion is known', async () => (await here.query(QUESTION)).status === 503);
      expect(JSON.stringify((await here.query(QUESTION)).body)).not.toContain('pilot');
    });

    it('labels an answer as stale when the other instance has changed its documents', async () => {
      await there.ingest([{ ...lamp, text: 'The harbour lamp hangs in the chart room.' }]);
      await until('the change is known', async () => (await here.query(QUESTION)).body.metadata.stale);
      const { body } = await here.query(QUESTION);
      expect(body.metadata).toMatchObject({ from_fallback: true, fallback_source: 'l1_cache', stale: true });
    });
  });

  it('serves its answers as fresh for half a minute, and as stale after that', async () => {
    const { service, clock, close, settled } = await startWithFake({ DATABASE_URL: relay.url });
    await service.ingest([lamp]);
    await service.query(QUESTION);
    await settled();
    await relay.stop();
    await clock.advance(CERTAIN_MS);
    const cached = metadata({ from_cache: true, cached_at: expect.any(String), attempts: [] });
    expect((await service.query(QUESTION)).body.metadata).toEqual(cached);
    await clock.advance(1_000);
    const { status, body } = await service.query(QUESTION);
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ from_fallback: true, fallback_source: 'l1_cache', stale: true });
    await relay.start();
    await clock.advance(OPEN_MS);
    await until('the database answers', async () => (await service.query('Which lamp?')).status === 200);
    expect((await service.query(QUESTION)).body.metadata).toEqual(cached);
    await close();
  });
});
