import { Database } from '../../../src/postgres/connection/database.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { embedderUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const PASS_MS = 60_000;
/** Of ten minutes: so often all that is done every few minutes is done as often. */
const PASSES = 10;

describe('the search for chunks without vectors, when every chunk has one', () => {
  const embedder = new FakeHuggingFace({ dimension: 2 });
  const env = { EMBEDDING_TARGETS: '' };
  let scenario: Scenario;

  beforeAll(async () => {
    await embedder.start();
    env.EMBEDDING_TARGETS = embedderUrl(embedder);
    scenario = await startWithFake(env);
  });

  afterAll(async () => {
    await scenario.close();
    await embedder.stop();
  });

  /** The calls to the database for so many looks. */
  async function callsOf(passes: number): Promise<number> {
    const { service, clock, settled } = scenario;
    await settled();
    const calls = async () => (await service.guard('postgres')).totals.calls;
    const before = await calls();
    for (let pass = 0; pass < passes; pass++) {
      await clock.advance(PASS_MS);
      await until('the look is over', () => service.isAtRest());
    }
    return (await calls()) - before;
  }

  /** Adds chunks with vectors, past the service. */
  const addChunks = (count: number) =>
    scenario.service.app.get(Database).script(`
      WITH added AS (
        INSERT INTO chunks (tenant_id, document_id, ordinal, text, tokens, content_hash)
        SELECT 'default', 'kettle', 100 + n, 'text', 1, n::text FROM generate_series(1, ${count}) AS n RETURNING id
      )
      INSERT INTO chunk_embeddings (model_id, chunk_id, tenant_id, embedding)
      SELECT m.id, added.id, 'default', '[1, 0]' FROM added CROSS JOIN embedding_models m`);

  it('calls the database no more often for thousands of chunks than for three', async () => {
    await callsOf(2);
    const few = await callsOf(PASSES);
    await addChunks(9_000);
    await callsOf(2);
    expect(await callsOf(PASSES)).toBe(few);
  });
});
