import { jest } from '@jest/globals';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

jest.setTimeout(120_000);

const PASS_MS = 60_000;
/** With the three of the handbook. */
const CHUNKS = 103;
/** Those that the first calls carry, of which the second confirms the length of the vectors. */
const [FIRST_CALLS, EMBEDDED] = [5, 15];
const REFUSED: Fault = { kind: 'status', status: 422, body: { error: 'too many tokens' } };

interface Health {
  details: { embedding: Record<string, unknown> };
}

describe('a new embedding model whose host embeds the first chunks and then refuses every document', () => {
  const [old, next] = [new FakeHuggingFace({ dimension: 64 }), new FakeHuggingFace({ dimension: 48 })];
  const target = (fake: FakeHuggingFace, model: string) => `${fake.url}?api=openai&model=${model}`;
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  let scenario: Scenario;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    await old.start();
    await next.start();
    const before = { DATA_DIR: folder.path, EMBEDDING_TARGETS: target(old, 'old') };
    scenario = await startWithFake(before);
    const texts = Array.from({ length: CHUNKS - 3 }, (_, number) => `Crate${number} stands on a shelf.`);
    await scenario.service.ingest(texts.map((text, number) => ({ id: `d${number}`, text })));
    await scenario.close();
    let calls = 0;
    next.fail('embed', {
      ...REFUSED,
      unless: ({ input }) => calls++ < FIRST_CALLS || [input].flat()[0] === 'ping',
    });
    scenario = await startWithFake({
      DATA_DIR: folder.path,
      EMBEDDING_TARGETS: target(next, 'new'),
      EMBEDDING_PREVIOUS_TARGETS: target(old, 'old'),
    });
  });

  afterAll(async () => {
    await scenario.close();
    await old.stop();
    await next.stop();
    await folder.remove();
  });

  const runPass = async () => {
    await scenario.settled();
    await scenario.clock.advance(PASS_MS);
    await scenario.settled();
  };
  const logged = (event: string) => scenario.service.logs.filter((line) => line['event'] === event);
  const embedding = async () =>
    (await scenario.service.request<Health>('GET', '/health')).body.details.embedding;
  /** Which host was asked for the vector of a search, and how it went. */
  const search = async () => {
    const [before, after] = [old.count('embed'), next.count('embed')];
    const { body } = await scenario.service.request('POST', '/search', {
      query: `Crate${before} shelf?`,
    });
    return { body, old: old.count('embed') - before, next: next.count('embed') - after };
  };

  it('does not serve, and the old one serves on', async () => {
    await until('it was refused too often', async () => {
      await scenario.settled();
      return logged('embedding_backfill_paused').length > 0;
    });
    expect(logged('embedding_backfill_paused')).toMatchObject([
      { level: 'warn', cause: { name: 'TextsRefusedError', message: '64 texts in a row were refused' } },
    ]);
    for (let minute = 0; minute < 10; minute++) await runPass();
    const progress = { done: EMBEDDED, total: CHUNKS };
    expect(await embedding()).toMatchObject({
      refused_chunks: CHUNKS - EMBEDDED,
      reembedding: { from: 'old', to: 'new', ...progress },
    });
    expect(logged('embedding_model_switched')).toEqual([]);
    expect(logged('embedding_model_incomplete')).toMatchObject([
      { level: 'warn', model: 'new', ...progress },
    ]);
    const refused = logged('chunk_not_embedded').filter(({ level }) => level === 'warn');
    expect(refused).toHaveLength(CHUNKS - EMBEDDED);
    expect(await search()).toMatchObject({ body: { retrieval: 'hybrid' }, old: 1, next: 0 });
  });

  it('is called for the same chunks again within an hour, and serves when the host accepts them', async () => {
    next.clearFaults();
    for (let minute = 0; minute < 60; minute++) await runPass();
    expect(logged('embedding_model_switched')).toHaveLength(1);
    expect(await embedding()).toEqual({ status: 'up', targets: { embedding_api: 'closed' } });
    expect(await search()).toMatchObject({ body: { retrieval: 'hybrid' }, old: 0, next: 1 });
  });
});
