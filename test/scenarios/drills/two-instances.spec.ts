import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { createNativeDatabase, type NativeDatabase } from '../../support/postgres/native-postgres.ts';
import { describeWithPostgres } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { ADMIN_TOKEN, drillsOf } from '../../support/service/admin.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const MODEL = 'huggingface_api';
const LIMIT_MS = 120_000;

describeWithPostgres('two instances that share a database', () => {
  let fake: FakeHuggingFace;
  let database: NativeDatabase;
  let here: Service;
  let there: Service;
  let asked = 0;

  beforeAll(async () => {
    [fake, database] = await Promise.all([new FakeHuggingFace().start(), createNativeDatabase()]);
    const start = (name: string) =>
      startService({
        INSTANCE_NAME: name,
        DATABASE_URL: database.url,
        GENERATION_TARGETS: modelUrl(fake),
        RETRY_MAX_ATTEMPTS: '1',
        CIRCUIT_BREAKER_TIMEOUT_SECONDS: '1',
        ADMIN_TOKEN,
        DRILLS_ENABLED: 'true',
      });
    here = await start('here');
    there = await start('there');
    await here.ingest(handbook);
  }, LIMIT_MS);

  afterAll(async () => {
    await Promise.all([here.close(), there.close()]);
    await fake.stop();
    await database.drop();
  }, LIMIT_MS);

  const ask = (service: Service) => service.query(circuitQuestion(asked++));
  const hasDrill = (service: Service, guard: string, id: string | undefined) =>
    until(`the drill of ${guard} is ${id}`, async () => (await service.guard(guard)).drill?.id === id);

  it('share a drill of the model, which another instance ends', async () => {
    const { id } = await drillsOf(here).begin(MODEL, 'refuse');
    expect((await ask(here)).body.metadata).toMatchObject({
      fallback_reason: 'generation_failed_no_cache',
      drill: [MODEL],
    });
    await hasDrill(there, MODEL, id);
    expect((await ask(there)).body.metadata).toMatchObject({
      fallback_reason: 'generation_failed_no_cache',
      drill: [MODEL],
    });
    expect((await drillsOf(there).list()).running).toMatchObject([{ id, guard: MODEL, calls_hit: 1 }]);
    await drillsOf(there).end(id);
    await hasDrill(here, MODEL, undefined);
    expect((await ask(here)).body.metadata).toMatchObject({ from_fallback: false, drill: null });
  });

  it('share a drill of the database itself, open their circuits, and end it from the other one', async () => {
    const { id } = await drillsOf(here).begin('postgres', 'refuse');
    await hasDrill(there, 'postgres', id);
    for (const service of [here, there])
      await until('its circuit is open', async () => {
        expect((await ask(service)).status).toBe(503);
        return (await service.guard('postgres')).state === 'open';
      });
    const { stored } = await drillsOf(there).end(id);
    expect(stored).toBe(true);
    await hasDrill(here, 'postgres', undefined);
    for (const service of [here, there])
      await until(
        'it answers again',
        async () => (await ask(service)).body.metadata?.from_fallback === false,
      );
  });
});
