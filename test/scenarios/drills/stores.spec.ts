import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { ADMIN_TOKEN, drillsOf } from '../../support/service/admin.ts';
import { until } from '../../support/until.ts';

const OPEN_MS = 30_000;
const GARDEN = { id: 'garden', text: 'The garden hose is stored in the cellar behind the boiler.' };

describeScenario('a drill', { ADMIN_TOKEN, DRILLS_ENABLED: 'true' }, (scenario) => {
  const begin = (guard: string, fault: string) => drillsOf(scenario.service).begin(guard, fault);
  const state = async (name: string) => (await scenario.service.guard(name)).state;

  it('of the embedding host leaves full text, and what was found so is not kept', async () => {
    const { service } = scenario;
    const { id } = await begin('embedding_api', 'refuse');
    const query = circuitQuestion(1);
    const degraded = await service.query(query);
    expect(degraded.body.metadata).toMatchObject({
      retrieval: 'lexical',
      from_fallback: false,
      drill: ['embedding_api'],
    });
    expect(degraded.headers.get('cache-status')).not.toContain('stored');
    await drillsOf(service).end(id);
    const healthy = await service.query(query);
    expect(healthy.body.metadata).toMatchObject({ retrieval: 'hybrid', from_cache: false, drill: null });
  });

  it('of the host for chunks delays their vectors, and blames no text', async () => {
    const { service, clock } = scenario;
    const { id } = await begin('embedding_ingest', 'garbage');
    expect(await service.ingest([GARDEN])).toMatchObject([
      { id: 'garden', status: 'created', embedding: 'pending' },
    ]);
    await drillsOf(service).end(id);
    const read = async () =>
      (await service.request<Record<string, unknown>>('GET', '/documents/garden')).body;
    await until('the vectors are there', async () => {
      await clock.advance(5_000);
      return (await read())['embedding'] === 'ready';
    });
    expect(await read()).not.toHaveProperty('refused_chunks');
  });

  it('of the database opens its circuit, is ended although nothing can be read, and all comes back', async () => {
    const { service, clock, settled } = scenario;
    const known = circuitQuestion(2);
    await service.query(known);
    await settled();
    const { id } = await begin('postgres', 'refuse');
    await clock.advance(1_500);
    const cached = await service.query(known);
    expect(cached.body.metadata).toMatchObject({ from_cache: true, stale: false });
    const refused = await service.query(circuitQuestion(3));
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({
      circuit_status: { circuit_breakers: { postgres: { drill: { id, fault: 'refuse' } } } },
    });
    await until('its circuit is open', async () => {
      await service.query(circuitQuestion(4));
      return (await state('postgres')) === 'open';
    });
    expect((await service.request('GET', '/health')).status).toBe(503);

    const { stored } = await drillsOf(service).end(id);
    expect(stored).toBe(true);
    expect(await service.guard('postgres')).toMatchObject({ drill: null, state: 'open' });
    await clock.advance(OPEN_MS);
    await until('its circuit is closed', async () => {
      await service.query(circuitQuestion(5));
      return (await state('postgres')) === 'closed';
    });
    const { body } = await service.query(circuitQuestion(6));
    expect(body.metadata).toMatchObject({ from_fallback: false, drill: null });
    expect(await service.ingest(handbook)).toHaveLength(handbook.length);
  });
});
