import { connectMcp } from '../../support/protocols/mcp-client.ts';
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
    const search = await service.request<object>('POST', '/search', { query: circuitQuestion(7) });
    expect([search.status, search.headers.get('x-failsoft-drill')]).toEqual([200, 'embedding_api']);
    const mcp = await connectMcp(service);
    expect((await mcp.call('search', { query: circuitQuestion(8) })).meta).toMatchObject({
      'failsoft/drill': ['embedding_api'],
    });
    await mcp.client.close();
    const vectors = { model: 'failsoft', input: 'a text' };
    const embedding = await service.request<object>('POST', '/v1/embeddings', vectors);
    expect(embedding.status).toBe(503);
    expect(embedding.headers.get('x-failsoft-drill')).toBe('embedding_api');
    expect(embedding.body).toMatchObject({ error: { drill: ['embedding_api'] } });
    const live = await service.request<object>('GET', '/health/live');
    expect(live.headers.get('x-failsoft-drill')).toBeNull();
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
      drill: ['postgres'],
    });
    for (const [path, body] of [
      ['/search', { query: circuitQuestion(3) }],
      ['/documents', { documents: [GARDEN] }],
    ] as const) {
      const { status, headers, body: told } = await service.request<object>('POST', path, body);
      expect([path, status, headers.get('x-failsoft-drill')]).toEqual([path, 503, 'postgres']);
      expect(told).toMatchObject({ drill: ['postgres'] });
    }
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
