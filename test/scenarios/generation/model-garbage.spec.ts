import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import { HTML_PAGE, type Fault } from '../../support/fakes/fake-hugging-face-faults.ts';

const NAME = 'huggingface_api';

describeScenario('a model that answers 200', {}, (scenario) => {
  it.each<[string, Fault]>([
    ['with what does not parse', { kind: 'bad_json' }],
    ['with another shape', { kind: 'wrong_shape' }],
    ['without a finish reason', { kind: 'unfinished', parts: 100 }],
    ['without a text', { kind: 'empty_answer' }],
    ['with a page', { kind: 'status', status: 200, body: HTML_PAGE }],
    ['with nothing', { kind: 'status', status: 200, body: '' }],
  ])('%s has failed, and its words are not passed on', async (_, fault) => {
    const { service, fake, ask, settled } = scenario;
    fake.fail('chat', fault, { times: 1 });
    const { body } = await ask();
    expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
    expect(body.answer).not.toContain('nginx');
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 1 });
    await settled();
    expect((await ask()).body.metadata).toEqual(metadata());
  });

  it('with garbage five times opens its circuit', async () => {
    const { service, fake, ask } = scenario;
    fake.fail('chat', { kind: 'wrong_shape' });
    for (let question = 0; question < 5; question++) await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', fail_count: 5 });
    const calls = fake.count('chat');
    expect((await ask()).body.metadata.attempts).toEqual([attempt('rejected')]);
    expect(fake.count('chat')).toBe(calls);
  });
});
