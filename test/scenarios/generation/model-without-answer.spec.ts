import type { Dialect } from '../../support/fakes/fake-chat-dialects.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { attempt, excerpts, guard, metadata } from '../../support/scenarios/expected.ts';
import { modelUrl, startWithFake } from '../../support/scenarios/scenario.ts';

const NAME = 'huggingface_api';
const UNAVAILABLE = 'The assistant is temporarily unavailable';
const DECLINED = 'The assistant declined to answer this question';

describeScenario('a model that gives no answer to some questions', {}, (scenario) => {
  it.each<[Dialect, string]>([
    ['content_filter', 'content_refused'],
    ['refusal', 'content_refused'],
    ['thoughts_only', 'generation_failed'],
  ])('keeps its closed circuit however many end so: %s', async (dialect, reason) => {
    const { service, fake, ask, settled } = scenario;
    fake.fail('chat', { kind: 'dialect', dialect });
    for (let question = 1; question <= 6; question++) {
      const { body } = await ask();
      const said = reason === 'content_refused' ? DECLINED : UNAVAILABLE;
      const notice = `${said}; these are excerpts, not an answer.`;
      const expected = excerpts(`${reason}_no_cache`, [attempt('ignored')]);
      expect(body.metadata).toEqual({ ...expected, notice });
      expect(body.answer.split('.')[0]).toBe(said);
    }
    expect(await service.guard(NAME)).toEqual(guard(NAME));
    fake.clearFaults();
    expect((await ask()).body.metadata).toEqual(metadata());
    await settled();
  });

  it('shows an answer that its limit of tokens cut off as such, and asks again next time', async () => {
    const { service, fake, settled } = scenario;
    fake.fail('chat', { kind: 'dialect', dialect: 'length' }, { times: 2 });
    for (let time = 0; time < 2; time++) {
      const { body, headers } = await service.query(circuitQuestion(900));
      const notice = 'The answer is incomplete: the model reached its limit of tokens.';
      expect(body.metadata).toEqual(metadata({ finish_reason: 'length', notice }));
      expect(headers.get('cache-status')).toBe('failsoft; fwd=miss');
    }
    const whole = await service.query(circuitQuestion(900));
    expect(whole.body.metadata).toEqual(metadata());
    const again = await service.query(circuitQuestion(900));
    expect(again.body.metadata).toMatchObject({ from_cache: true, finish_reason: 'stop' });
    expect(await service.guard(NAME)).toEqual(guard(NAME));
    await settled();
  });
});

it('a backup answers what the first model refuses, and not what a filter has stopped', async () => {
  const backup = await new FakeHuggingFace().start();
  const first = await new FakeHuggingFace().start();
  const targets = `${modelUrl(first)},${modelUrl(backup, '&name=backup')}`;
  const env = { GENERATION_TARGETS: targets, RETRY_MAX_ATTEMPTS: '2' };
  const scenario = await startWithFake(env, first);
  first.script('chat', [
    { kind: 'dialect', dialect: 'refusal' },
    { kind: 'dialect', dialect: 'content_filter' },
  ]);
  const { body } = await scenario.ask();
  expect(body.metadata.attempts).toEqual([attempt('ignored'), attempt('success', 'backup')]);
  const filtered = await scenario.ask();
  expect(filtered.body.metadata.fallback_reason).toBe('content_refused_no_cache');
  expect(backup.count('chat')).toBe(1);
  await scenario.close();
  await backup.stop();
});
