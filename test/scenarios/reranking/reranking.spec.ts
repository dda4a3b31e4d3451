import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import type { Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const TIMEOUT_MS = 400;
/** Both documents hold the words of the question. Full text prefers the first, and the reranker the second. */
const documents = [
  { id: 'words', text: 'Lantern oil, lantern oil, lantern oil: the shop sells lantern oil.' },
  { id: 'answer', text: 'Fill up a storm lantern with paraffin oil until the wick is wet.' },
];
const preferAnswer = (_: string, text: string) => (text.includes('paraffin') ? 0.9 : 0.1);
let asked = 0;

function describeWithRerankers(
  name: string,
  targets: (first: FakeHuggingFace, second: FakeHuggingFace) => string,
  tests: (scenario: Scenario, first: FakeHuggingFace, second: FakeHuggingFace) => void,
  env: Record<string, string> = {},
): void {
  const first = new FakeHuggingFace({ score: preferAnswer });
  const second = new FakeHuggingFace({ score: preferAnswer });
  const start = async () => {
    await Promise.all([first.start(), second.start()]);
    return { RERANK_TARGETS: targets(first, second), ...env };
  };
  describeScenario(name, start, (scenario) => {
    beforeAll(() => scenario.service.ingest(documents));
    afterEach(() => [first, second].forEach((fake) => fake.clearFaults()));
    afterAll(async () => {
      await Promise.all([first, second].map((fake) => fake.allClosed().then(() => fake.stop())));
    });
    tests(scenario, first, second);
  });
}

/** Asks what no cache knows. */
const ask = ({ service }: Scenario) => service.query(`Which oil for the lantern, case ${asked++}?`);

const apis: [string, (url: string) => string, string, object][] = [
  [
    'text-embeddings-inference',
    (url) => `${url}?api=tei`,
    '/rerank',
    { query: expect.any(String), texts: expect.any(Array), truncate: true },
  ],
  [
    'Cohere',
    (url) => `${url}?api=cohere&model=rerank-v3.5`,
    '/v2/rerank',
    {
      model: 'rerank-v3.5',
      query: expect.any(String),
      documents: expect.any(Array),
      top_n: expect.any(Number),
    },
  ],
  [
    'Jina',
    (url) => `${url}?api=jina&model=a-reranker`,
    '/v1/rerank',
    {
      model: 'a-reranker',
      query: expect.any(String),
      documents: expect.any(Array),
      top_n: expect.any(Number),
    },
  ],
];

for (const [name, target, path, request] of apis)
  describeWithRerankers(
    `POST /query with a reranker that has the API of ${name}`,
    (first) => target(first.url),
    (scenario, first) => {
      it('gives the model the passages in the order of the reranker', async () => {
        const { body, headers } = await ask(scenario);
        expect(body.metadata).toEqual(metadata({ reranked: true }));
        expect(body.sources.map(({ document_id: id }) => id)).toEqual(['answer', 'words']);
        expect(body.sources[0]?.score).toBe(0.9);
        expect(headers.get('server-timing')).toContain('rerank;dur=');
        const call = first.recorded('rerank').at(-1);
        expect(call).toMatchObject({ path });
        expect(call?.body).toEqual(request);
      });

      it.each<[string, Fault]>([
        ['an error status', { kind: 'status', status: 500 }],
        ['text that is no JSON', { kind: 'bad_json' }],
        ['JSON of another shape', { kind: 'wrong_shape' }],
        ['a score too few', { kind: 'wrong_count' }],
        ['the scores of other texts', { kind: 'wrong_index' }],
        ['all scores for one text', { kind: 'same_index' }],
        ['a score that is no number', { kind: 'null_values' }],
        ['a connection that is reset', { kind: 'reset' }],
        ['an answer that is cut', { kind: 'cut' }],
      ])('keeps the order of the search after %s, and says so', async (_, fault) => {
        // A success ends the run of failures before.
        expect((await ask(scenario)).body.metadata).toEqual(metadata({ reranked: true }));
        first.fail('rerank', fault);
        const { body } = await ask(scenario);
        expect(body.metadata).toEqual(metadata({ reranked: false }));
        expect(body.sources.map(({ document_id: id }) => id)).toEqual(['words', 'answer']);
        expect(await scenario.service.guard('rerank_api')).toMatchObject({ fail_count: 1 });
      });
    },
  );

describeWithRerankers(
  'POST /query with one reranker',
  (first) => `${first.url}?api=tei`,
  (scenario, first) => {
    it('waits for a reranker that hangs no longer than its time limit, and frees the connection', async () => {
      first.fail('rerank', { kind: 'black_hole' });
      const calls = first.count('rerank');
      const answer = ask(scenario);
      await first.received('rerank', calls + 1);
      await until('its limit runs', () => scenario.clock.isDueIn(TIMEOUT_MS));
      await scenario.clock.advance(TIMEOUT_MS);
      expect((await answer).body.metadata).toEqual(metadata({ reranked: false }));
      await first.allClosed();
    });

    it('serves the excerpts while no model answers', async () => {
      scenario.fake.fail('chat', { kind: 'status', status: 500 });
      const { body } = await ask(scenario);
      scenario.fake.clearFaults();
      expect(body.metadata).toEqual({
        ...excerpts('generation_failed_no_cache', [attempt('failure')]),
        reranked: true,
      });
      expect(body.sources[0]?.document_id).toBe('answer');
    });

    it('does not call a reranker whose circuit is open, and orders again when it works', async () => {
      const { service, clock } = scenario;
      await first.stop();
      for (let failures = 0; failures < 5; failures++)
        expect((await ask(scenario)).body.metadata).toEqual(metadata({ reranked: false }));
      expect(await service.guard('rerank_api')).toMatchObject({ state: 'open' });
      const health = await service.request('GET', '/health');
      const reranking = { status: 'degraded', targets: { rerank_api: 'open' } };
      expect(health.body).toMatchObject({ status: 'degraded', details: { reranking } });
      await first.start();
      const calls = first.count('rerank');
      expect((await ask(scenario)).body.metadata).toEqual(metadata({ reranked: false }));
      expect(first.count('rerank')).toBe(calls);
      await clock.advance(30_000);
      await until('the circuit closes', async () => {
        await ask(scenario);
        return (await service.guard('rerank_api'))?.['state'] === 'closed';
      });
      expect((await ask(scenario)).body.metadata).toEqual(metadata({ reranked: true }));
    });

    it('does not keep the order of an outage for the next time the question is asked', async () => {
      const { service, fake } = scenario;
      const query = 'Which oil for which lantern?';
      // A degraded answer is not kept, so the passages are what a cache may hold.
      fake.fail('chat', { kind: 'status', status: 500 }, { times: 2 });
      first.fail('rerank', { kind: 'status', status: 500 }, { times: 1 });
      expect((await service.query(query)).body.metadata).toMatchObject({ reranked: false });
      expect((await service.query(query)).body.metadata).toMatchObject({ reranked: true });
    });

    it('keeps the order of a reranker for the next time the question is asked', async () => {
      const { service, fake } = scenario;
      const query = 'Which oil for whose lantern?';
      fake.fail('chat', { kind: 'status', status: 500 }, { times: 2 });
      const calls = first.count('rerank');
      for (let time = 0; time < 2; time++)
        expect((await service.query(query)).body.metadata).toMatchObject({ reranked: true });
      expect(first.count('rerank')).toBe(calls + 1);
    });
  },
);

describeWithRerankers(
  'POST /query with a reranker that may take as long as it wants',
  (first) => `${first.url}?api=tei`,
  (scenario, first) => {
    it('leaves two thirds of the deadline to the model, and counts the silence', async () => {
      first.fail('rerank', { kind: 'black_hole' });
      const calls = first.count('rerank');
      const answer = ask(scenario);
      await first.received('rerank', calls + 1);
      await until('its limit runs', () => scenario.clock.isDueIn(10_000));
      await scenario.clock.advance(10_000);
      const { body } = await answer;
      expect(body.metadata).toEqual(metadata({ reranked: false }));
      expect(await scenario.service.guard('rerank_api')).toMatchObject({ fail_count: 1 });
      await first.allClosed();
    });
  },
  { RERANK_TIMEOUT_MS: '3600000' },
);

describeWithRerankers(
  'POST /query where near duplicates make the search go on',
  (first) => `${first.url}?api=tei`,
  (scenario, first) => {
    it('asks a reranker once for the question, whether it answers or fails', async () => {
      const text = 'The lantern of the northern pier burns with whale oil from October on.';
      const copies = Array.from({ length: 26 }, (_, number) => ({
        id: `copy${number}`,
        text: `${text} ${number}`,
      }));
      await scenario.service.ingest(copies);
      const calls = first.count('rerank');
      expect(
        (await scenario.service.query('Which oil burns in the lantern of the northern pier?')).body.metadata,
      ).toMatchObject({ reranked: true, chunks_retrieved: expect.any(Number) });
      expect(first.count('rerank')).toBe(calls + 1);
      first.fail('rerank', { kind: 'status', status: 500 });
      await ask(scenario);
      expect(first.count('rerank')).toBe(calls + 2);
    });
  },
);

describeWithRerankers(
  'POST /query with two rerankers',
  (first, second) => `${first.url}?api=tei,${second.url}?api=jina&model=a-reranker&name=spare`,
  (scenario, first, second) => {
    it('asks the second one once when the first one fails, and neither again', async () => {
      first.fail('rerank', { kind: 'status', status: 500 });
      const calls = [first.count('rerank'), second.count('rerank')];
      expect((await ask(scenario)).body.metadata).toEqual(metadata({ reranked: true }));
      second.fail('rerank', { kind: 'status', status: 500 });
      expect((await ask(scenario)).body.metadata).toEqual(metadata({ reranked: false }));
      expect([first.count('rerank'), second.count('rerank')]).toEqual(calls.map((count) => count + 2));
    });

    it('leaves the second one half of the time when the first one hangs', async () => {
      first.fail('rerank', { kind: 'black_hole' });
      const calls = first.count('rerank');
      const answer = ask(scenario);
      await first.received('rerank', calls + 1);
      await until('its limit runs', () => scenario.clock.isDueIn(TIMEOUT_MS / 2));
      await scenario.clock.advance(TIMEOUT_MS / 2);
      expect((await answer).body.metadata).toEqual(metadata({ reranked: true }));
    });
  },
);
