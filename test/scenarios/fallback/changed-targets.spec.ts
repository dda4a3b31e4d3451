import { Caches } from '../../../src/cache/caches.ts';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { modelUrl } from '../../support/scenarios/scenario.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const QUESTION = circuitQuestion(1);
const SIMILAR = QUESTION.toUpperCase();

describe('answers from before a restart', () => {
  let fake: FakeHuggingFace;
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  let lines: string[];

  /** Starts the service on the data of the others, with what they remember; `parameters` are added to the model's name. */
  const start = async (parameters: string): Promise<Service> => {
    const service = await startService({
      DATA_DIR: folder.path,
      GENERATION_TARGETS: modelUrl(fake, parameters),
      RETRY_MAX_ATTEMPTS: '1',
      SEMANTIC_CACHE_PRIMARY: 'true',
    });
    for (const line of lines) expect(await service.app.get(Caches).importAnswer(line)).toBe('taken');
    return service;
  };

  beforeAll(async () => {
    fake = await new FakeHuggingFace().start();
    folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    lines = [];
    const service = await start('');
    await service.ingest(handbook);
    await service.query(QUESTION);
    await until('the answer is kept for similar questions', async () => {
      const { body } = await service.query(SIMILAR, { top_k: 5 });
      return body.metadata.matched_question === QUESTION;
    });
    lines = [...service.app.get(Caches).exportAnswers()];
    await service.close();
  });

  afterAll(async () => {
    await fake.stop();
    await folder.remove();
  });

  it('are fresh with the same targets', async () => {
    const service = await start('');
    const calls = fake.count('chat');
    for (const question of [QUESTION, SIMILAR]) {
      const { body } = await service.query(question);
      expect(body.metadata).toMatchObject({ from_cache: true, from_fallback: false, stale: false });
    }
    expect(fake.count('chat')).toBe(calls);
    await service.close();
  });

  it('are used with another model only while that is down', async () => {
    const service = await start('-2');
    fake.fail('chat', { kind: 'status', status: 500 });
    const last = (await service.query(QUESTION)).body.metadata;
    expect(last).toMatchObject({ fallback_source: 'l1_cache', stale: true, model: 'fake-chat' });
    const similar = (await service.query(SIMILAR)).body.metadata;
    expect(similar).toMatchObject({ fallback_source: 'semantic_cache', stale: true, model: 'fake-chat' });
    fake.clearFaults();
    const anew = (await service.query(QUESTION)).body.metadata;
    expect(anew).toMatchObject({ from_cache: false, model: 'fake-chat-2' });
    await service.close();
  });
});
