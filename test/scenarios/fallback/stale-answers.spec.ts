import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { startWithFake } from '../../support/scenarios/scenario.ts';

const TTL_MS = 600_000;
const STALE_MS = 3_000_000;
const lamp = { id: 'lamp', title: 'Lamps', text: 'The harbour lamp hangs in the pilot office.' };
const mast = { id: 'mast', title: 'Masts', text: 'The mast carries a lamp above the harbour.' };

const env = { CACHE_TTL_SECONDS: '600', CACHE_STALE_SECONDS: '3000' };

describeScenario('the last answer to a question', env, (scenario) => {
  let question: string;
  let asked = 0;

  beforeEach(async () => {
    question = `Where is the harbour lamp, case ${++asked}?`;
    await scenario.service.ingest([lamp, mast]);
  });

  const down = { kind: 'status', status: 500 } as const;
  const ask = () => scenario.service.query(question);
  const cached = (more: object) =>
    metadata({ from_cache: true, cached_at: expect.any(String), attempts: [], ...more });

  it('is served without calling the model while the documents are unchanged', async () => {
    const { fake, clock } = scenario;
    const calls = fake.count('chat');
    const first = await ask();
    expect(first.headers.get('cache-status')).toBe('failsoft; fwd=miss; stored');
    expect(first.headers.get('age')).toBe(null);
    const cached_at = new Date(clock.wall()).toISOString();
    await clock.advance(TTL_MS - 1);
    const again = await ask();
    expect(again.body).toEqual({ ...first.body, metadata: cached({ cached_at }) });
    expect(again.headers.get('cache-status')).toBe('failsoft; hit');
    expect(again.headers.get('age')).toBe('599');
    expect(fake.count('chat')).toBe(calls + 1);
    await clock.advance(1);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(fake.count('chat')).toBe(calls + 2);
  });

  it('is served as stale when its documents have changed and the model is down', async () => {
    const { service, fake, clock, settled } = scenario;
    const first = await ask();
    const cached_at = new Date(clock.wall()).toISOString();
    await service.ingest([{ ...lamp, text: 'The harbour lamp hangs in the boat shed now.' }]);
    await clock.advance(120_000);
    fake.fail('chat', down, { times: 1 });
    const { status, headers, body } = await ask();
    expect(status).toBe(200);
    expect(body).toEqual({
      answer: first.body.answer,
      sources: first.body.sources,
      metadata: cached({
        from_fallback: true,
        fallback_source: 'l1_cache',
        fallback_reason: 'generation_failed',
        cached_at,
        stale: true,
        notice: `The assistant is temporarily unavailable. This answer was generated on ${cached_at.slice(0, 16).replace('T', ' ')} UTC.`,
        attempts: [attempt('failure')],
      }),
    });
    expect(headers.get('age')).toBe('120');
    expect(headers.get('cache-status')).toBe('failsoft; hit');
    expect(headers.get('x-fallback-source')).toBe('l1_cache');
    expect(headers.get('x-fallback-reason')).toBe('generation_failed');

    const renewed = await ask();
    expect(renewed.body.metadata).toEqual(metadata());
    expect(renewed.body.answer).not.toBe(first.body.answer);
    await settled();
  });

  it('is served without a search while no model would be called', async () => {
    const { service, fake, clock, settled } = scenario;
    const first = await ask();
    await service.ingest([{ ...lamp, text: 'The harbour lamp hangs in the sail loft now.' }]);
    fake.fail('chat', down, { times: 5 });
    for (let failure = 0; failure < 5; failure++) await service.query(`Which lamp is number ${failure}?`);
    const { headers, body } = await ask();
    expect(body.answer).toBe(first.body.answer);
    expect(body.metadata).toMatchObject({
      fallback_source: 'l1_cache',
      fallback_reason: 'circuit_breaker_open',
      retrieval: 'hybrid',
      stale: true,
      attempts: [attempt('rejected')],
    });
    expect(headers.get('server-timing')).toBeNull();
    await clock.advance(30_000);
    expect((await ask()).body.metadata).toEqual(metadata());
    await settled();
  });

  it('is not served after a document that it shows was deleted', async () => {
    const { service, fake } = scenario;
    const first = await ask();
    expect(first.body.sources.map((source) => source.document_id).sort()).toEqual(['lamp', 'mast']);
    expect((await service.request('DELETE', '/documents/lamp')).status).toBe(204);
    fake.fail('chat', down, { times: 1 });
    const { body } = await ask();
    expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
    expect(body.sources.map((source) => source.document_id)).toEqual(['mast']);
    expect(body.answer).not.toContain('pilot office');
  });

  it('is not served after its maximum age', async () => {
    const { fake, clock } = scenario;
    await ask();
    fake.fail('chat', down, { times: 2 });
    await clock.advance(STALE_MS - 1);
    expect((await ask()).body.metadata).toMatchObject({ fallback_source: 'l1_cache', stale: true });
    await clock.advance(1);
    expect((await ask()).body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
  });

  it('is not cached when it was made of excerpts', async () => {
    const { fake } = scenario;
    const calls = fake.count('chat');
    fake.fail('chat', down, { times: 2 });
    for (let failure = 0; failure < 2; failure++)
      expect((await ask()).body.metadata).toEqual(
        excerpts('generation_failed_no_cache', [attempt('failure')]),
      );
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(fake.count('chat')).toBe(calls + 3);
  });
});

describe('the last answer with CACHE_STALE_SECONDS=0', () => {
  it('is served while it is fresh, and not after its documents have changed', async () => {
    const scenario = await startWithFake({ CACHE_TTL_SECONDS: '600', CACHE_STALE_SECONDS: '0' });
    const { service, fake } = scenario;
    await service.ingest([lamp]);
    const ask = async () => (await service.query('Where is the harbour lamp?')).body.metadata;
    expect(await ask()).toMatchObject({ from_cache: false });
    expect(await ask()).toMatchObject({ from_cache: true, stale: false });
    await service.ingest([mast]);
    fake.fail('chat', { kind: 'status', status: 500 }, { times: 1 });
    expect(await ask()).toMatchObject({ fallback_source: 'excerpts' });
    await scenario.close();
  });
});
