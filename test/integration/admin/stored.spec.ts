import { ADMIN_TOKEN, adminOf } from '../../support/service/admin.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

interface StoredBody {
  documents: number;
  chunks: number;
  embedded: number;
  model: string;
  deferred_questions: number;
}

describe('GET /admin/stored', () => {
  let scenario: Scenario;
  const count = () =>
    scenario.service.request<StoredBody>('GET', '/admin/stored', undefined, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });

  beforeAll(async () => {
    scenario = await startWithFake({ ADMIN_TOKEN });
  });
  afterAll(() => scenario.close());

  it('counts documents, chunks, vectors and the questions that wait', async () => {
    const { service, fake } = scenario;
    const before = (await count()).body;
    expect(before).toEqual({
      documents: expect.any(Number),
      chunks: expect.any(Number),
      embedded: before.chunks,
      model: expect.any(String),
      deferred_questions: 0,
    });
    await service.ingest([{ id: 'lamp', text: '# Lamps\n\nA lamp has a wick.' }]);
    await fake.stop();
    await service.query('What has a lamp?', { defer: true });
    await until('the vector is stored', async () => (await count()).body.embedded === before.chunks + 1);
    expect((await count()).body).toMatchObject({
      documents: before.documents + 1,
      chunks: before.chunks + 1,
      deferred_questions: 1,
    });
    await fake.start();
  });

  it('is a 503 while the database is out', async () => {
    const admin = adminOf(scenario.service);
    await admin('POST', '/postgres/force-state', { state: 'open' });
    const { status, body } = await count();
    expect({ status, body }).toMatchObject({ status: 503, body: { error: 'service_unavailable' } });
    await admin('POST', '/postgres/reset');
  });
});
