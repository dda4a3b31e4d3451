import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { startFakeModel, type FakeModel } from '../../support/fakes/fake-model.ts';
import { namedFaults } from '../../support/fakes/named-faults.ts';
import { circuitQuestion, handbook, strangeQuestion } from '../../support/scenarios/documents.ts';
import { startService, type Service } from '../../support/service/service.ts';

const TTL_SECONDS = 60;
const OPEN_MS = 30_000;
const QUESTION = 'When does the circuit open after failures?';
const healthy = { model: null, backup: null, embedder: null };

describe('the fake model', () => {
  const clock = new FakeClock();
  let model: FakeModel;
  let service: Service;

  beforeAll(async () => {
    model = await startFakeModel(0);
    const env = {
      CACHE_TTL_SECONDS: String(TTL_SECONDS),
      DATABASE_TIMEOUT_MS: '3600000',
      RETRY_MAX_ATTEMPTS: '2',
      CIRCUIT_BREAKER_FAIL_THRESHOLD: '3',
    };
    service = await startService({ ...model.env, ...env }, clock);
    await service.ingest(handbook);
  });

  afterAll(async () => {
    await service.close();
    await model.stop();
  });

  afterEach(() => send('DELETE'));

  const send = async (method: string, body?: unknown, path = '/faults') => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(model.url + path, { method, ...init });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const ask = async (question: string) => (await service.query(question)).body.metadata;

  it('shows every rung of the ladder by faults that are switched over HTTP', async () => {
    expect(await ask(QUESTION)).toMatchObject({ target: 'huggingface_api', from_fallback: false });

    await send('POST', { fault: 'error' });
    expect(await ask(circuitQuestion(1))).toMatchObject({ target: 'backup', from_fallback: false });

    await send('POST', { fault: 'refuse', target: 'all' });
    await clock.advance((TTL_SECONDS + 1) * 1_000);
    expect(await ask(QUESTION)).toMatchObject({ fallback_source: 'l1_cache' });
    expect(await ask('please: WHEN does circuit open after failures')).toMatchObject({
      fallback_source: 'semantic_cache',
    });
    expect(await ask('Where do visitors park?')).toMatchObject({ fallback_source: 'excerpts' });
    expect((await service.query(strangeQuestion)).status).toBe(503);

    expect((await send('DELETE')).body['faults']).toEqual(healthy);
    await clock.advance(OPEN_MS);
    expect(await ask('Which gate do visitors park behind?')).toMatchObject({ from_fallback: false });
  });

  it.each(['no_max_tokens', 'no_temperature', 'no_system'])(
    'refuses a part of the request in a way that is adapted to: %s',
    async (fault) => {
      await send('POST', { fault });
      expect(await ask(`Which gate has ${fault}?`)).toMatchObject({ target: 'huggingface_api' });
    },
  );

  it.each(['base64', 'no_index', 'bare', 'strict_fields', 'small_batches'])(
    'answers vectors in a way that is understood: %s',
    async (fault) => {
      await send('POST', { fault, target: 'embedder' });
      expect(await ask(`Which gate has ${fault}?`)).toMatchObject({ retrieval: 'hybrid' });
    },
  );

  it('lists the faults that are on and those that exist', async () => {
    await send('POST', { fault: 'hang', target: 'backup' });
    const { status, body } = await send('GET');
    expect({ status, faults: body['faults'] }).toEqual({
      status: 200,
      faults: { ...healthy, backup: 'hang' },
    });
    expect(Object.keys(body['known'] as object)).toEqual(Object.keys(namedFaults));
  });

  it.each<[string, string, unknown, string, number]>([
    ['a fault that it does not know', 'POST', { fault: 'sing' }, '/faults', 400],
    ['a target that it does not know', 'POST', { fault: 'hang', target: 'moon' }, '/faults', 400],
    ['a body that is no object', 'POST', 'hang', '/faults', 400],
    ['another method', 'PUT', {}, '/faults', 405],
    ['another path', 'GET', undefined, '/fault', 404],
  ])('refuses %s', async (_, method, body, path, status) => {
    const refused = await send(method, body, path);
    expect(refused).toEqual({ status, body: { error: expect.any(String) } });
    expect((await send('GET')).body['faults']).toEqual(healthy);
  });
});
