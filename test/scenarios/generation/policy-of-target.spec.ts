import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { attempt, guard, metadata } from '../../support/scenarios/expected.ts';
import { startWithBackup, type Scenario } from '../../support/scenarios/scenario.ts';

const FIRST = 'huggingface_api';
const SECOND = 'backup';
const NOTICE = 'The primary model is unavailable; a backup model answered.';
const LATCH_MS = 300_000;

const refusal = (status: number, message: string) =>
  ({ kind: 'status', status, body: { error: { message, code: status } } }) as const;

describe('a model that refuses for a policy which is not about the question', () => {
  const backup = new FakeHuggingFace({ answer: () => 'The backup says so [1].' });
  let scenario: Scenario;

  beforeAll(async () => {
    scenario = await startWithBackup(backup, { RETRY_MAX_ATTEMPTS: '2' });
  });

  afterAll(async () => {
    await scenario.close();
    await backup.stop();
  });

  const backedUp = metadata({
    target: SECOND,
    notice: NOTICE,
    attempts: [attempt('ignored'), attempt('success', SECOND)],
  });

  it.each([
    [404, 'No endpoint matches your guardrails and content policy settings'],
    [403, 'Your API key has been disabled because it violates our usage policies'],
    [401, 'Blocked by a content policy of your administrator'],
    [402, 'No credit is left; see our usage policies'],
  ])('is held and followed by the backup after %i: %s', async (status, message) => {
    const { service, fake, clock, ask } = scenario;
    fake.fail('chat', refusal(status, message), { times: 1 });
    expect((await ask()).body.metadata).toEqual(backedUp);
    expect(await service.guard(FIRST)).toEqual(guard(FIRST, { state: 'held', is_healthy: false }));
    await clock.advance(LATCH_MS);
    expect((await ask()).body.metadata).toEqual(metadata());
  });

  it('comes after the backup once it has refused three different questions', async () => {
    const { service, fake, ask } = scenario;
    fake.fail('chat', refusal(403, 'Your input was flagged'));
    for (let question = 0; question < 2; question++)
      expect((await ask()).body.metadata).toMatchObject({ fallback_reason: 'content_refused_no_cache' });
    expect((await ask()).body.metadata).toEqual(backedUp);
    expect((await ask()).body.metadata).toMatchObject({ target: SECOND });
    const { body } = await service.request('GET', '/health');
    expect(body).toMatchObject({
      status: 'degraded',
      info: {
        generation: {
          targets: { [FIRST]: 'refusing' },
          reason: `${FIRST} refuses different questions for one reason (http_403)`,
        },
      },
    });
    fake.clearFaults();
  });

  it('is not demoted when one caller repeats a question', async () => {
    const { service, fake, clock, ask } = scenario;
    await clock.advance(60_000);
    expect((await ask()).body.metadata).toMatchObject({ target: FIRST });
    fake.fail('chat', refusal(403, 'Your input was flagged'));
    for (let time = 0; time < 4; time++)
      expect((await service.query('How many failures open the circuit, again?')).body.metadata).toMatchObject(
        {
          fallback_reason: 'content_refused_no_cache',
        },
      );
    fake.clearFaults();
  });
});
