import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { guard } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { embedderUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';

describe('GET /health', () => {
  const embedder = new FakeHuggingFace();
  let scenario: Scenario;
  let calls: number;

  beforeAll(async () => {
    await embedder.start();
    scenario = await startWithFake({ EMBEDDING_TARGETS: embedderUrl(embedder) });
    calls = embedder.count('embed');
  });

  afterEach(() => {
    expect(scenario.fake.totalSockets).toBe(0);
    expect(embedder.count('embed')).toBe(calls);
  });

  afterAll(async () => {
    await scenario.close();
    await embedder.stop();
  });

  const get = (path: string) => scenario.service.request('GET', path);

  it('answers /live with 200 while the process runs', async () => {
    expect(await get('/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('answers /ready with 200 while questions can be answered', async () => {
    const { status, body } = await get('/health/ready');
    const info = { answers: { status: 'up' } };
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', info, error: {}, details: info });
  });

  it('shows the state of every dependency', async () => {
    const { status, body } = await get('/health');
    const info = {
      postgres: { status: 'up' },
      cache: { status: 'up', shared: false },
      generation: { status: 'up', targets: { huggingface_api: 'closed' } },
      embedding: { status: 'up', targets: { embedding_api: 'closed' } },
      heap: { status: 'up' },
      disk: { status: 'up' },
    };
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok', info, error: {}, details: info });
  });

  it('says that new chunks would get no vectors while the host may not be called for them', async () => {
    const ingestion = scenario.service.app.get(GuardRegistry).guard('embedding_ingest');
    ingestion.force('forced_open', 60_000);
    const { status, body } = await get('/health');
    ingestion.release();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      info: {
        embedding: {
          status: 'degraded',
          reason: 'new chunks would wait for vectors, because embedding_ingest may not be called',
          ingestion: { targets: { embedding_ingest: 'forced_open' }, waiting_chunks: 0 },
        },
      },
    });
  });

  it('shows every guard at /circuit-breaker', async () => {
    const { status, body } = await get('/health/circuit-breaker');
    expect(status).toBe(200);
    expect(body).toEqual({
      circuit_breaker: guard('huggingface_api'),
      circuit_breakers: {
        huggingface_api: guard('huggingface_api'),
        embedding_api: guard('embedding_api'),
        embedding_ingest: guard('embedding_ingest'),
        postgres: guard('postgres'),
      },
      timestamp: scenario.clock.wall() / 1_000,
    });
  });
});
