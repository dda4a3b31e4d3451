import { describeWithEmbedder } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { guard, metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { embedderUrl, startWithFake } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const NAME = 'embedding_api';
const TIMEOUT_MS = 3_000;
const RETRY_MS = 5_000;
/** As many calls as tell how long a service usually takes, and the least wait for it then. */
const USUAL_CALLS = 20;
const PATIENCE_MS = 60;
const byWords = metadata({
  retrieval: 'lexical',
  notice: 'Search is partly unavailable; relevant documents may be missing.',
});

describeWithEmbedder('POST /query during an outage of the embedding service', (scenario, embedder) => {
  beforeEach(async () => {
    embedder.clearFaults();
    const calls = embedder.count('embed');
    expect((await scenario.ask()).body.metadata).toEqual(metadata());
    expect(embedder.count('embed')).toBe(calls + 1);
  });

  it('searches by words while the service refuses connections, and stops calling it', async () => {
    const { service, fake, clock, ask } = scenario;
    await embedder.stop();
    for (let failures = 1; failures <= 5; failures++) {
      const { body, headers } = await ask();
      expect(body.metadata).toEqual(byWords);
      expect(body.sources[0]?.document_id).toBe('circuits');
      expect(headers.get('x-fallback-source')).toBe(null);
      expect(await service.guard(NAME)).toMatchObject({ fail_count: failures });
    }
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', retry_after: 30 });
    await embedder.start();
    const calls = embedder.count('embed');
    expect((await ask()).body.metadata).toEqual(byWords);
    expect(embedder.count('embed')).toBe(calls);
    expect(await service.guard('huggingface_api')).toEqual(guard('huggingface_api'));
    const health = await service.request('GET', '/health');
    expect(health.body).toMatchObject({ status: 'degraded', info: { embedding: { status: 'degraded' } } });

    await clock.advance(30_000);
    await ask();
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 0 });
    expect(fake.openSockets).toBe(0);
  });

  it('waits for a hanging service no longer than its time limit', async () => {
    const { service, clock, settled } = scenario;
    embedder.fail('embed', { kind: 'black_hole' }, { times: 1 });
    const calls = embedder.count('embed');
    const asked = service.query(circuitQuestion(1_000));
    await embedder.received('embed', calls + 1);
    await clock.advance(TIMEOUT_MS);
    const { body, headers } = await asked;
    expect(body.metadata).toEqual(byWords);
    expect(headers.get('server-timing')).toContain(`embed;dur=${TIMEOUT_MS.toFixed(1)}`);
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 1 });
    await embedder.allClosed();
    await settled();
  });

  it.each([
    { kind: 'wrong_count' },
    { kind: 'wrong_dimension' },
    { kind: 'nan' },
    { kind: 'empty_answer' },
    { kind: 'bad_json' },
    { kind: 'status', status: 500 },
  ] as const)('searches by words after a bad response: $kind', async (fault) => {
    const { service, ask } = scenario;
    embedder.fail('embed', fault, { times: 1 });
    expect((await ask()).body.metadata).toEqual(byWords);
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 1 });
  });

  it('does not cache an answer of a search by words alone as healthy', async () => {
    const { service, fake } = scenario;
    embedder.fail('embed', { kind: 'status', status: 500 }, { times: 1 });
    const calls = fake.count('chat');
    expect((await service.query(circuitQuestion(2_000))).body.metadata).toEqual(byWords);
    expect((await service.query(circuitQuestion(2_000))).body.metadata).toEqual(metadata());
    expect(fake.count('chat')).toBe(calls + 2);
    expect((await service.query(circuitQuestion(2_000))).body.metadata.from_cache).toBe(true);
  });

  it('answers with excerpts when the model is down too', async () => {
    const { fake, ask } = scenario;
    embedder.fail('embed', { kind: 'status', status: 500 }, { times: 1 });
    fake.fail('chat', { kind: 'status', status: 500 }, { times: 1 });
    const { body } = await ask();
    expect(body.metadata).toMatchObject({ fallback_source: 'excerpts', retrieval: 'lexical' });
    expect(body.sources[0]?.document_id).toBe('circuits');
  });
});

describe('POST /query before any document has a vector', () => {
  it('searches by words with a notice, and answers anew once the vectors are there', async () => {
    const embedder = await new FakeHuggingFace().start();
    embedder.fail('embed', { kind: 'status', status: 500 });
    const scenario = await startWithFake({ EMBEDDING_TARGETS: embedderUrl(embedder) });
    const { service, clock } = scenario;
    const question = circuitQuestion(1);
    for (let time = 0; time < 2; time++)
      expect((await service.query(question)).body.metadata).toEqual(byWords);
    embedder.clearFaults();
    await until('the vectors are there', async () => {
      await scenario.settled();
      await clock.advance(RETRY_MS);
      return (await service.query(question)).body.metadata.retrieval === 'hybrid';
    });
    await scenario.close();
    await embedder.stop();
  });
});

describe('POST /query with an embedding service that is usually fast', () => {
  const start = async (env: Record<string, string> = {}) => {
    const embedder = await new FakeHuggingFace().start();
    const scenario = await startWithFake({ EMBEDDING_TARGETS: embedderUrl(embedder), ...env });
    for (let asked = 1; asked <= USUAL_CALLS; asked++) await scenario.ask();
    const stop = async () => {
      await scenario.close();
      await embedder.stop();
    };
    return { ...scenario, embedder, stop };
  };

  it('searches by words as soon as the vector is overdue, and still opens the circuit of a service that hangs', async () => {
    const { service, clock, embedder, stop } = await start();
    embedder.fail('embed', { kind: 'black_hole' });
    for (let failures = 1; failures <= 5; failures++) {
      const calls = embedder.count('embed');
      const asked = service.query(circuitQuestion(5_000 + failures));
      await embedder.received('embed', calls + 1);
      await clock.advance(PATIENCE_MS);
      const { body, headers } = await asked;
      expect(body.metadata).toEqual(byWords);
      expect(headers.get('server-timing')).toContain(`embed;dur=${PATIENCE_MS.toFixed(1)}`);
    }
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 0 });
    await clock.advance(TIMEOUT_MS);
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', last_failure_kind: 'timeout' });
    await embedder.allClosed();
    await stop();
  });

  it('remembers a late vector for the next question of the same words', async () => {
    const { service, clock, embedder, settled, stop } = await start();
    embedder.fail('embed', { kind: 'late_start', afterMs: 500 }, { times: 1 });
    const calls = embedder.count('embed');
    const asked = service.query(circuitQuestion(6_000));
    await embedder.received('embed', calls + 1);
    await clock.advance(PATIENCE_MS);
    expect((await asked).body.metadata).toEqual(byWords);
    await settled();
    expect((await service.query(circuitQuestion(6_000))).body.metadata).toEqual(metadata());
    expect(embedder.count('embed')).toBe(calls + 1);
    await stop();
  });

  it('waits for the time limit in a search by vectors alone, and for a patience that is configured', async () => {
    const { service, clock, embedder, stop } = await start({ EMBEDDING_PATIENCE_MS: '500' });
    embedder.fail('embed', { kind: 'black_hole' });
    const calls = embedder.count('embed');
    const asked = service.query(circuitQuestion(7_000));
    const searched = service.request('POST', '/search', { query: 'Which circuit?', mode: 'vector' });
    await embedder.received('embed', calls + 2);
    await clock.advance(500);
    expect((await asked).body.metadata).toEqual(byWords);
    await clock.advance(TIMEOUT_MS - 500);
    expect((await searched).status).toBe(503);
    await stop();
  });
});

describe('POST /query with a short deadline', () => {
  it('searches by words in the time that a hanging embedding service leaves', async () => {
    const embedder = await new FakeHuggingFace().start();
    const env = { EMBEDDING_TARGETS: embedderUrl(embedder), QUERY_DEADLINE_MS: '3000' };
    const { service, clock, close } = await startWithFake(env);
    embedder.fail('embed', { kind: 'black_hole' }, { times: 1 });
    const calls = embedder.count('embed');
    const asked = service.query(circuitQuestion(2_000));
    await embedder.received('embed', calls + 1);
    await clock.advance(1_000);
    expect((await asked).body.metadata).toEqual(byWords);
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 1 });
    await embedder.allClosed();
    await close();
    await embedder.stop();
  });
});
