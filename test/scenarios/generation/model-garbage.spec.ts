import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { HTML_PAGE, type Fault } from '../../support/fakes/fake-hugging-face-faults.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import type { AnswerBody } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';

describeScenario('a model that answers 200 with garbage', {}, (scenario) => {
  it.each<[string, Fault]>([
    ['with text that does not parse', { kind: 'bad_json' }],
    ['with JSON of another shape', { kind: 'wrong_shape' }],
    ['without a finish reason', { kind: 'unfinished', parts: 100 }],
    ['without a text', { kind: 'empty_answer' }],
    ['with an HTML page', { kind: 'status', status: 200, body: HTML_PAGE }],
    ['with an empty body', { kind: 'status', status: 200, body: '' }],
  ])('has failed when it answers %s, and the garbage is not returned', async (_, fault) => {
    const { service, fake, ask, settled } = scenario;
    fake.fail('chat', fault, { times: 1 });
    const { body } = await ask();
    expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
    expect(body.answer).not.toContain('nginx');
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 1 });
    await settled();
    expect((await ask()).body.metadata).toEqual(metadata());
  });

  it('opens its circuit after five garbage answers', async () => {
    const { service, fake, ask } = scenario;
    fake.fail('chat', { kind: 'wrong_shape' });
    for (let question = 0; question < 5; question++) await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', fail_count: 5 });
    const calls = fake.count('chat');
    expect((await ask()).body.metadata.attempts).toEqual([attempt('rejected')]);
    expect(fake.count('chat')).toBe(calls);
  });
});

describe('a model that answers with characters that no database stores', () => {
  let scenario: Scenario;

  beforeAll(async () => {
    const answer = () => 'Five \u0000failures open it, \ud83d says the book\u0000 [1].';
    scenario = await startWithFake({}, new FakeHuggingFace({ answer }));
  });

  afterAll(() => scenario.close());

  const clean = 'Five failures open it, \uFFFD says the book [1].';

  it('gives answers without them, which are stored for similar questions', async () => {
    const { service, ask, settled } = scenario;
    expect((await ask()).body.answer).toBe(clean);
    await settled();
    expect(service.logs.filter(({ event }) => event === 'row_refused')).toEqual([]);
  });

  it('answers deferred questions', async () => {
    const { service, fake, clock, settled } = scenario;
    fake.fail('chat', { kind: 'status', status: 500 }, { times: 1 });
    const { body } = await service.query('How many failures open the circuit?', { defer: true });
    const path = `/${body.metadata.deferred?.url}`;
    await until('the answer is there', async () => {
      await settled();
      await clock.advance(1_000);
      return (await service.request('GET', path)).status === 200;
    });
    expect((await service.request<AnswerBody>('GET', path)).body.answer).toBe(clean);
  });
});
