import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { embedderUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';

const FIRST = 'embedding_api';

describe('an embedding host that refuses every text for a policy', () => {
  const hosts = [new FakeHuggingFace(), new FakeHuggingFace()] as const;
  let scenario: Scenario;

  beforeAll(async () => {
    for (const host of hosts) await host.start();
    scenario = await startWithFake({ EMBEDDING_TARGETS: hosts.map(embedderUrl).join(',') });
  });

  afterAll(async () => {
    await scenario.close();
    for (const host of hosts) await host.stop();
  });

  it.each([
    [404, 'No endpoint matches your guardrails and content policy settings'],
    [403, 'Your API key has been disabled because it violates our usage policies'],
    [400, 'Blocked by the content policy of your organisation'],
  ])('leaves questions and documents to the next host, and is shown: %i, %s', async (status, message) => {
    const { service } = scenario;
    hosts[0].fail('embed', { kind: 'status', status, body: { error: { message } } });
    const [stored] = await service.ingest([{ id: `d${status}`, text: `Crate ${status} stands on a shelf.` }]);
    expect(stored).toMatchObject({ embedding: 'ready' });
    const { body } = await service.query(circuitQuestion(status));
    expect(body.metadata).toMatchObject({ retrieval: 'hybrid' });
    const { last_failure_cause: cause, state } = await service.guard(FIRST);
    expect(state === 'held' || cause?.startsWith(`http_${status}`)).toBe(true);
    hosts[0].clearFaults();
    await scenario.clock.advance(300_000);
    await scenario.settled();
  });
});
