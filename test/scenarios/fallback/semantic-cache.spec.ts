import { randomBytes } from 'node:crypto';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { embedderUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import type { AnswerBody, Reply } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const STALE_MS = 3_000_000;
const down = { kind: 'status', status: 500 } as const;
const lamp = { id: 'lamp', title: 'Lamps', text: 'The harbour lamp hangs in the pilot office.' };
const mast = { id: 'mast', title: 'Masts', text: 'The mast carries a lamp above the harbour.' };

const env = {
  CACHE_TTL_SECONDS: '600',
  CACHE_STALE_SECONDS: '3000',
  // Not what is looked at here, and these scenarios have many failures.
  CIRCUIT_BREAKER_FAIL_THRESHOLD: '10000',
};

/** Asks while the model is down. */
function askDown({ service, fake }: Scenario, question: string, more = {}): Promise<Reply<AnswerBody>> {
  fake.clearFaults();
  fake.fail('chat', down);
  return service.query(question, more);
}

/** Asks while the model is down, until an earlier answer is found: nobody waits for it to be kept. */
async function untilFound(scenario: Scenario, question: string, more = {}): Promise<Reply<AnswerBody>> {
  let reply = await askDown(scenario, question, more);
  await until('an answer is found', async () => {
    if (reply.body.metadata.matched_question !== null) return true;
    reply = await askDown(scenario, question, more);
    return false;
  });
  return reply;
}

const noEarlierAnswer = excerpts('generation_failed_no_cache', [attempt('failure')]);

describeScenario('the answer to a question of the same wording', env, (scenario) => {
  let number = 0;
  /** The question of this test, and the same as somebody else would type it. */
  let question: string;
  let rephrased: string;

  beforeEach(async () => {
    question = `Where does the harbour lamp hang, case ${++number}?`;
    rephrased = `please: WHERE does harbour lamp hang, “case ${number}”`;
    await scenario.service.ingest([lamp, mast]);
    scenario.fake.clearFaults();
  });

  it('is served during an outage of the model, with the earlier question', async () => {
    const { service, clock } = scenario;
    const first = await service.query(question);
    expect(first.body.metadata).toEqual(metadata());
    const cached_at = new Date(clock.wall()).toISOString();
    await untilFound(scenario, question.toUpperCase());
    await clock.advance(120_000);
    const { status, headers, body } = await askDown(scenario, rephrased);
    expect(status).toBe(200);
    expect(body).toEqual({
      answer: first.body.answer,
      sources: first.body.sources,
      metadata: metadata({
        from_fallback: true,
        fallback_source: 'semantic_cache',
        fallback_reason: 'generation_failed',
        from_cache: true,
        cached_at,
        matched_question: question,
        notice: `The assistant is temporarily unavailable. This answer was generated on ${cached_at.slice(0, 16).replace('T', ' ')} UTC for a similar question: “${question}”`,
        attempts: [attempt('failure')],
      }),
    });
    expect(headers.get('age')).toBe('120');
    expect(headers.get('cache-status')).toBe('failsoft; hit');
    expect(headers.get('x-fallback-source')).toBe('semantic_cache');
  });

  it('is not served while the model answers', async () => {
    const { service, fake } = scenario;
    await service.query(question);
    await untilFound(scenario, rephrased);
    fake.clearFaults();
    expect((await service.query(rephrased)).body.metadata).toEqual(metadata());
  });

  it('is served for the same filter, however large that is', async () => {
    const { service } = scenario;
    const fields = ['place', 'pilot', 'office', 'harbour'];
    // What repeats itself would be compressed to a small entry of the index.
    const filter = Object.fromEntries(fields.map((name) => [name, randomBytes(740).toString('base64')]));
    await service.ingest([{ ...lamp, metadata: filter }]);
    await service.query(question, { filter });
    const { body } = await untilFound(scenario, rephrased, { filter });
    expect(body.metadata.matched_question).toBe(question);
    expect((await askDown(scenario, rephrased)).body.metadata).toMatchObject({ matched_question: null });
    expect(service.logs.filter(({ event }) => event === 'row_refused')).toEqual([]);
  });

  it('is not served for another question or another filter', async () => {
    await scenario.service.query(question);
    await untilFound(scenario, rephrased);
    for (const other of [
      `Where does the harbour lamp hang, case ${number}00?`,
      `Why does the harbour lamp hang, case ${number}?`,
      `Where does the harbour lamp not hang, case ${number}?`,
      `Case ${number}: where does the harbour lamp hang?`,
    ])
      expect((await askDown(scenario, other)).body.metadata).toEqual(noEarlierAnswer);
    const filtered = await askDown(scenario, rephrased, { filter: { place: 'nowhere' } });
    expect(filtered.body.metadata).toMatchObject({ no_context: true, matched_question: null });
  });

  it('is labelled as stale when the documents have changed', async () => {
    const { service } = scenario;
    await service.query(question);
    await untilFound(scenario, rephrased);
    await service.ingest([{ ...mast, text: 'The mast carries two lamps above the harbour.' }]);
    const { body } = await askDown(scenario, rephrased);
    expect(body.metadata).toMatchObject({ fallback_source: 'semantic_cache', stale: true });
  });

  it('is not served after a document that it shows was deleted', async () => {
    const { service } = scenario;
    await service.query(question);
    await untilFound(scenario, rephrased);
    expect((await service.request('DELETE', '/documents/lamp')).status).toBe(204);
    const { body } = await askDown(scenario, rephrased);
    expect(body.metadata).toEqual(noEarlierAnswer);
    expect(body.answer).not.toContain('pilot office');
  });

  it('is not served after its maximum age', async () => {
    const { service, clock, settled } = scenario;
    await service.query(question);
    await untilFound(scenario, rephrased);
    await settled();
    await clock.advance(STALE_MS - 1);
    expect((await askDown(scenario, rephrased)).body.metadata).toMatchObject({ stale: true });
    await clock.advance(1);
    expect((await askDown(scenario, rephrased)).body.metadata).toEqual(noEarlierAnswer);
  });

  it('is never one made of excerpts', async () => {
    const { service, fake } = scenario;
    expect((await askDown(scenario, question)).body.metadata).toEqual(noEarlierAnswer);
    const marker = `Who carries the lamp above the harbour, case ${number}?`;
    fake.clearFaults();
    await service.query(marker);
    // Answers are kept in their order: had the first been kept, it would be there by now.
    await untilFound(scenario, marker.toUpperCase());
    expect((await askDown(scenario, rephrased)).body.metadata).toEqual(noEarlierAnswer);
  });
});

describe('the semantic cache', () => {
  it('finds the same wording during an outage of the embedding service', async () => {
    const embedder = await new FakeHuggingFace().start();
    const scenario = await startWithFake({ ...env, EMBEDDING_TARGETS: embedderUrl(embedder) });
    await scenario.service.ingest([lamp]);
    const question = 'Where does the harbour lamp hang?';
    await scenario.service.query(question);
    await untilFound(scenario, 'where does the HARBOUR lamp hang');
    embedder.fail('embed', down);
    const calls = embedder.count('embed');
    const { body } = await askDown(scenario, 'Please: where does a HARBOUR LAMP hang?');
    expect(body.metadata).toMatchObject({ retrieval: 'hybrid', matched_question: question });
    expect(embedder.count('embed')).toBeGreaterThan(calls);
    await scenario.close();
    await embedder.stop();
  });

  it('answers before the search while the circuit is open', async () => {
    const scenario = await startWithFake();
    const { service, fake, ask } = scenario;
    await service.ingest([lamp]);
    const question = 'Where does the harbour lamp hang?';
    const { body: first } = await service.query(question);
    fake.fail('chat', down);
    let reason: unknown;
    while (reason !== 'circuit_breaker_open_no_cache') reason = (await ask()).body.metadata.fallback_reason;
    const calls = fake.count('chat');
    const { body } = await untilFound(scenario, 'where does a harbour lamp hang?');
    expect(body).toMatchObject({
      answer: first.answer,
      sources: first.sources,
      metadata: {
        fallback_source: 'semantic_cache',
        fallback_reason: 'circuit_breaker_open',
        matched_question: question,
      },
    });
    expect(fake.count('chat')).toBe(calls);
    await scenario.close();
  });

  it('answers before the model when SEMANTIC_CACHE_PRIMARY is set', async () => {
    const scenario = await startWithFake({ ...env, SEMANTIC_CACHE_PRIMARY: 'true' });
    const { service, fake, clock } = scenario;
    await service.ingest([lamp]);
    const question = 'Where does the harbour lamp hang?';
    const first = await service.query(question);
    const cached_at = new Date(clock.wall()).toISOString();
    await untilFound(scenario, 'where does a harbour lamp hang?');
    fake.clearFaults();
    const calls = fake.count('chat');
    const again = await service.query('Where does a harbour lamp hang, please');
    const { body, headers } = await service.query('please, where does a harbour lamp hang');
    expect(body).toEqual({
      answer: first.body.answer,
      sources: first.body.sources,
      metadata: metadata({
        from_cache: true,
        cached_at,
        matched_question: question,
        notice: `This is the answer to a similar question: “${question}”`,
        attempts: [],
      }),
    });
    expect(headers.get('x-fallback-source')).toBe(null);
    expect(fake.count('chat')).toBe(calls);
    await service.ingest([mast]);
    expect((await service.query('where does the HARBOUR LAMP hang')).body.metadata).toEqual(metadata());
    expect(again.status).toBe(200);
    await scenario.close();
  });

  it('stores nothing when it is turned off', async () => {
    const scenario = await startWithFake({ ...env, SEMANTIC_CACHE_MAX_QUESTIONS: '0' });
    await scenario.service.ingest([lamp]);
    await scenario.service.query('Where does the harbour lamp hang?');
    await scenario.settled();
    const { body } = await askDown(scenario, 'WHERE does the harbour lamp hang?');
    expect(body.metadata).toEqual(noEarlierAnswer);
    await scenario.close();
  });

  it('keeps only the newest questions when its limit is reached', async () => {
    const scenario = await startWithFake({ ...env, SEMANTIC_CACHE_MAX_QUESTIONS: '1' });
    await scenario.service.ingest([lamp]);
    for (const place of ['first', 'second']) {
      scenario.fake.clearFaults();
      await scenario.service.query(`Where does the ${place} harbour lamp hang?`);
      await untilFound(scenario, `WHERE does the ${place} harbour lamp hang?`);
    }
    const goneFor = async () => (await askDown(scenario, 'WHERE does the first harbour lamp hang?')).body;
    await until('the older one has gone', async () => (await goneFor()).metadata.matched_question === null);
    expect((await goneFor()).metadata).toEqual(noEarlierAnswer);
    await scenario.close();
  });
});
