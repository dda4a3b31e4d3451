import type { Cause } from '../../../src/telemetry/cause-of.ts';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { embedderUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const NAME = 'embedding_api';
const RETRY_MS = 5_000;
/** Of the vectors that the fake makes, and of those that it makes with the fault. */
const [RIGHT, WRONG] = [64, 63];

const byWords = metadata({
  retrieval: 'lexical',
  notice: 'Search is partly unavailable; relevant documents may be missing.',
});

interface Health {
  status: string;
  details: { embedding: Record<string, unknown> };
}
interface Found {
  retrieval: string;
  results: { document_id: string }[];
}

const healthOf = async ({ service }: Scenario) => {
  const { status, body } = await service.request<Health>('GET', '/health');
  return { status, health: body.status, embedding: body.details.embedding };
};
const search = async ({ service }: Scenario, query: string) =>
  (await service.request<Found>('POST', '/search', { query })).body;
const mismatchLogs = ({ service }: Scenario) =>
  service.logs.filter(({ event }) => event === 'embedding_dimension_mismatch');

describe('an embedder that after a restart makes vectors of another length than those stored', () => {
  const embedder = new FakeHuggingFace();
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;
  let scenario: Scenario;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    await embedder.start();
    const env = { EMBEDDING_TARGETS: embedderUrl(embedder), DATA_DIR: folder.path };
    scenario = await startWithFake(env);
    await scenario.close();
    embedder.fail('embed', { kind: 'wrong_dimension' });
    scenario = await startWithFake(env);
  });

  afterAll(async () => {
    await scenario.close();
    await embedder.stop();
    await folder.remove();
  });

  it('leaves questions and searches to the words, and is logged once', async () => {
    const { service } = scenario;
    for (let question = 0; question < 2; question++) {
      const { status, body } = await service.query(circuitQuestion(question));
      expect(status).toBe(200);
      expect(body.metadata).toEqual(byWords);
      expect(body.sources[0]?.document_id).toBe('circuits');
    }
    const found = await search(scenario, 'Where do visitors park?');
    expect(found).toMatchObject({ retrieval: 'lexical', results: [{ document_id: 'parking' }] });
    expect(await service.guard(NAME)).toMatchObject({ fail_count: 3 });
    expect(mismatchLogs(scenario)).toEqual([
      expect.objectContaining({
        level: 'error',
        breaker_name: NAME,
        model: 'fake-embed',
        expected_dimension: RIGHT,
        received_dimension: WRONG,
        msg: expect.stringContaining('EMBEDDING_TARGETS'),
      }),
    ]);
  });

  it('is degraded in the health report, with the reason, until its vectors fit again', async () => {
    const { service } = scenario;
    await service.query(circuitQuestion(0));
    expect(await healthOf(scenario)).toEqual({
      status: 200,
      health: 'degraded',
      embedding: {
        status: 'degraded',
        reason: `${NAME} makes vectors of another length`,
        targets: { [NAME]: 'closed' },
        dimension_mismatches: { [NAME]: { expected: RIGHT, received: WRONG } },
      },
    });
    expect(await service.request('GET', '/health/ready')).toMatchObject({ status: 200 });
    embedder.clearFaults();
    expect((await service.query(circuitQuestion(1))).body.metadata).toEqual(metadata());
    expect(await healthOf(scenario)).toEqual({
      status: 200,
      health: 'ok',
      embedding: { status: 'up', targets: { [NAME]: 'closed' } },
    });
  });

  it('prevents no document from being stored, found by words and embedded later', async () => {
    const { service, clock } = scenario;
    embedder.fail('embed', { kind: 'wrong_dimension' });
    const documents = [{ id: 'violin', text: 'The violin lies in the attic under a blanket.' }];
    expect(await service.ingest(documents)).toEqual([
      { id: 'violin', status: 'created', chunks: 1, embedding: 'pending' },
    ]);
    expect((await search(scenario, 'Where is the violin?')).results[0]?.document_id).toBe('violin');
    const findPaused = () =>
      service.logs
        .filter(({ event }) => event === 'embedding_backfill_paused')
        .map(({ level, cause }) => ({ level, message: (cause as Cause).message }))
        .filter(({ message }) => message?.includes('dimensions'));
    await until('the backfill has failed more than once, and the circuit is open', async () => {
      await clock.advance(RETRY_MS);
      return findPaused().length > 1 && (await service.guard('embedding_ingest')).state === 'open';
    });
    expect(mismatchLogs(scenario)).toHaveLength(1);
    const paused = findPaused();
    expect(new Set(paused.map(({ message }) => message))).toEqual(
      new Set([`fake-embed has ${RIGHT} dimensions, not ${WRONG}`]),
    );
    expect(paused.map(({ level }) => level)).toEqual(['warn', ...paused.slice(1).map(() => 'debug')]);
    embedder.clearFaults();
    await until('the vector is there', async () => {
      await clock.advance(RETRY_MS);
      const { body } = await service.request<{ embedding: string }>('GET', '/documents/violin');
      return body.embedding === 'ready';
    });
  });
});

describe('an embedder whose first vector has another length than those that follow', () => {
  it.each(['first', 'second'])('stores none of its vectors when it is the %s', async (place) => {
    const embedder = await new FakeHuggingFace().start();
    const wrong = { kind: 'wrong_dimension' } as const;
    embedder.script('embed', place === 'first' ? [wrong] : ['ok', wrong]);
    const scenario = await startWithFake({ EMBEDDING_TARGETS: embedderUrl(embedder) });
    const { service, clock } = scenario;
    expect(mismatchLogs(scenario)).toHaveLength(1);
    await until('the vectors are there', async () => {
      await scenario.settled();
      await clock.advance(RETRY_MS);
      return (await search(scenario, 'Where do visitors park?')).retrieval === 'hybrid';
    });
    expect((await service.query(circuitQuestion(1))).body.metadata).toEqual(metadata());
    expect(await healthOf(scenario)).toMatchObject({ health: 'ok' });
    await scenario.close();
    await embedder.stop();
  });

  it('is searched without only once when that happens after a restart', async () => {
    const folder = await makeTemporaryFolder();
    await copyDataTemplate(folder.path);
    const embedder = await new FakeHuggingFace().start();
    const env = { EMBEDDING_TARGETS: embedderUrl(embedder), DATA_DIR: folder.path };
    await (await startWithFake(env)).close();
    const scenario = await startWithFake(env);
    embedder.fail('embed', { kind: 'wrong_dimension' }, { times: 1 });
    expect((await scenario.service.query(circuitQuestion(1))).body.metadata).toEqual(byWords);
    for (const number of [2, 3])
      expect((await scenario.service.query(circuitQuestion(number))).body.metadata).toEqual(metadata());
    await scenario.close();
    await embedder.stop();
    await folder.remove();
  });
});

describe('one of two hosts that makes vectors of another length', () => {
  it('is skipped for the other, and named in the health report', async () => {
    const [wrong, right] = [await new FakeHuggingFace().start(), await new FakeHuggingFace().start()];
    const targets = [wrong, right].map(embedderUrl).join(',');
    const scenario = await startWithFake({ EMBEDDING_TARGETS: targets });
    wrong.fail('embed', { kind: 'wrong_dimension' });
    expect((await scenario.service.query(circuitQuestion(1))).body.metadata).toEqual(metadata());
    expect(await scenario.service.guard(NAME)).toMatchObject({ fail_count: 1 });
    expect((await healthOf(scenario)).embedding).toEqual({
      status: 'degraded',
      reason: `${NAME} makes vectors of another length`,
      targets: { [NAME]: 'closed', embedding_api_2: 'closed' },
      dimension_mismatches: { [NAME]: { expected: RIGHT, received: WRONG } },
    });
    await scenario.close();
    await wrong.stop();
    await right.stop();
  });
});
