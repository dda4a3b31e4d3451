import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { embedderUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import type { AnswerBody, Reply } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const env = {
  CACHE_TTL_SECONDS: '600',
  CACHE_STALE_SECONDS: '3000',
  // Not what is looked at here, and these scenarios have many failures.
  CIRCUIT_BREAKER_FAIL_THRESHOLD: '10000',
};
const down = { kind: 'status', status: 500 } as const;
const DIMENSION = 64;
const documents = [
  { id: 'lamp', title: 'Lamps', text: 'The harbour lamp of Ulm hangs in the pilot office since 1901.' },
  { id: 'mast', title: 'Masts', text: 'The mast carries a lamp above the harbour of Ulm.' },
];
const QUESTION = 'Where does the harbour lamp of Ulm hang since 1901?';
const PARAPHRASE = 'Where can one find the lamp at the harbour of Ulm since 1901?';

/** A vector at an angle to that of every other question about lamps. */
function vectorAt(degrees: number): number[] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.cos(radians), Math.sin(radians), ...new Array<number>(DIMENSION - 2).fill(0)];
}

/** Questions and documents about lamps mean the same to the fake model, whatever they say; those about signals nearly so. */
function embed(text: string): number[] | undefined {
  if (/signal/i.test(text)) return vectorAt(25);
  return /lamp/i.test(text) ? vectorAt(0) : undefined;
}

/** Starts the service with a fake learnt model; its answers cite both documents. */
async function start(more: Record<string, string> = {}) {
  const embedder = await new FakeHuggingFace({ dimension: DIMENSION, embed }).start();
  const answer = () => 'The harbour lamp hangs in the pilot office [1], above the mast [2].';
  const fake = new FakeHuggingFace({ answer });
  const scenario = await startWithFake({ ...env, EMBEDDING_TARGETS: embedderUrl(embedder), ...more }, fake);
  await scenario.service.ingest(documents);
  const close = async () => {
    await scenario.close();
    await embedder.allClosed();
    await embedder.stop();
  };
  return { ...scenario, embedder, close };
}

/** Asks while the model is refused. */
function askDown(
  { service, fake }: Pick<Scenario, 'service' | 'fake'>,
  question: string,
  more: Record<string, unknown> = {},
): Promise<Reply<AnswerBody>> {
  fake.clearFaults();
  fake.fail('chat', down);
  return service.query(question, more);
}

/** Asks a question while the model works, and waits until its answer is found: nobody waits for it to be kept. */
async function keep(
  scenario: Pick<Scenario, 'service' | 'fake'>,
  question: string,
  more: Record<string, unknown> = {},
) {
  const { body } = await scenario.service.query(question, more);
  await until('the answer is kept', async () => {
    const { metadata: labels } = (await askDown(scenario, question.toUpperCase(), more)).body;
    return labels.matched_question === question;
  });
  scenario.fake.clearFaults();
  return body;
}

const noEarlierAnswer = excerpts('generation_failed_no_cache', [attempt('failure')]);

describe('the answer to a question of the same meaning', () => {
  let scenario: Awaited<ReturnType<typeof start>>;
  let kept: AnswerBody;
  let cachedAt: string;

  beforeAll(async () => {
    scenario = await start();
    cachedAt = new Date(scenario.clock.wall()).toISOString();
    kept = await keep(scenario, QUESTION);
  });
  afterAll(() => scenario.close());

  it('is served while generation is refused, with the question that it was given to', async () => {
    const { body } = await askDown(scenario, PARAPHRASE);
    expect(body).toEqual({
      answer: kept.answer,
      sources: kept.sources,
      metadata: metadata({
        from_fallback: true,
        fallback_source: 'semantic_cache',
        fallback_reason: 'generation_failed',
        from_cache: true,
        cached_at: cachedAt,
        matched_question: QUESTION,
        notice: `The assistant is temporarily unavailable. This answer was generated on ${cachedAt.slice(0, 16).replace('T', ' ')} UTC for a similar question: “${QUESTION}”`,
        attempts: [attempt('failure')],
      }),
    });
  });

  it('is not served while the model answers', async () => {
    scenario.fake.clearFaults();
    const { body } = await scenario.service.query(`${PARAPHRASE} Tell me.`);
    expect(body.metadata).toEqual(metadata());
  });

  it.each([
    ['another number', 'Where can one find the lamp at the harbour of Ulm since 1902?'],
    ['a missing number', 'Where can one find the lamp at the harbour of Ulm?'],
    ['a number in words', 'Where can two find the lamp at the harbour of Ulm since 1901?'],
    ['a negation', 'Where can one not find the lamp at the harbour of Ulm since 1901?'],
    ['another name', 'Where can one find the lamp at the harbour of Bern since 1901?'],
    ['a further name', 'Where can Anna find the lamp at the harbour of Ulm since 1901?'],
    ['another asking word', 'Why can one find the lamp at the harbour of Ulm since 1901?'],
    ['another asking word in Spanish', '¿Por qué está la lamp en el puerto de Ulm desde 1901?'],
    ['less similarity', 'Where can one find the signal at the harbour of Ulm since 1901?'],
  ])('is not served to a question with %s', async (_, question) => {
    expect((await askDown(scenario, question)).body.metadata).toEqual(noEarlierAnswer);
  });

  it('is not served where a passage that it cites is not found', async () => {
    const { metadata: labels } = (await askDown(scenario, PARAPHRASE, { top_k: 1 })).body;
    expect(labels).toEqual(noEarlierAnswer);
  });

  it('is not served for another filter', async () => {
    await scenario.service.ingest(documents.map((document) => ({ ...document, metadata: { place: 'Ulm' } })));
    const { metadata: labels } = (await askDown(scenario, PARAPHRASE, { filter: { place: 'Ulm' } })).body;
    expect(labels).toEqual(noEarlierAnswer);
    expect((await askDown(scenario, PARAPHRASE)).body.metadata).toMatchObject({ stale: true });
  });

  it('is not served while the embedding service is out', async () => {
    scenario.embedder.fail('embed', down);
    const question = 'Where can anyone find the lamp at the harbour of Ulm since 1901?';
    const { metadata: labels } = (await askDown(scenario, question)).body;
    expect(labels).toMatchObject({ fallback_source: 'excerpts', retrieval: 'lexical' });
    scenario.embedder.clearFaults();
    expect((await askDown(scenario, question)).body.metadata.matched_question).toBe(QUESTION);
  });

  it('is not served after its maximum age', async () => {
    await scenario.settled();
    await scenario.clock.advance(3_000_000);
    expect((await askDown(scenario, PARAPHRASE)).body.metadata).toEqual(noEarlierAnswer);
  });
});

describe('the same meaning', () => {
  it.each([
    ['with local://hashing', { EMBEDDING_TARGETS: 'local://hashing' }],
    ['with SEMANTIC_CACHE_MIN_SIMILARITY=1', { SEMANTIC_CACHE_MIN_SIMILARITY: '1' }],
  ])('is not looked for %s', async (_, more) => {
    const scenario = await start(more);
    await keep(scenario, QUESTION);
    const question = 'Where of Ulm does the harbour lamp hang since 1901?';
    expect((await askDown(scenario, question)).body.metadata).toEqual(noEarlierAnswer);
    await scenario.close();
  });

  it('is found from SEMANTIC_CACHE_MIN_SIMILARITY on', async () => {
    const scenario = await start({ SEMANTIC_CACHE_MIN_SIMILARITY: '0.9' });
    await keep(scenario, QUESTION);
    const question = 'Where can one find the signal at the harbour of Ulm since 1901?';
    expect((await askDown(scenario, question)).body.metadata).toMatchObject({ matched_question: QUESTION });
    await scenario.close();
  });

  it('comes before the model when SEMANTIC_CACHE_PRIMARY is set, while the answer is fresh', async () => {
    const scenario = await start({ SEMANTIC_CACHE_PRIMARY: 'true' });
    const { service, fake } = scenario;
    const { answer } = await keep(scenario, QUESTION);
    const calls = fake.count('chat');
    const { body } = await service.query(PARAPHRASE);
    expect(body.answer).toBe(answer);
    expect(body.metadata).toMatchObject({
      from_fallback: false,
      from_cache: true,
      matched_question: QUESTION,
      notice: `This is the answer to a similar question: “${QUESTION}”`,
    });
    expect(fake.count('chat')).toBe(calls);
    await service.ingest([{ id: 'late', text: 'The late ferry has no deck.' }]);
    expect((await service.query(PARAPHRASE)).body.metadata).toEqual(metadata());
    await scenario.close();
  });
});
