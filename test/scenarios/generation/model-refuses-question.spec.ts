import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { attempt, excerpts, guard, metadata } from '../../support/scenarios/expected.ts';

const NAME = 'huggingface_api';

describeScenario('a model that refuses a question', {}, (scenario) => {
  it.each([400, 413, 422])(
    'is called again when one caller repeats the question, and neither fails nor is demoted, after status %i',
    async (status) => {
      const { service, fake, ask, settled } = scenario;
      fake.fail('chat', { kind: 'status', status });
      const calls = fake.count('chat');
      for (let question = 1; question <= 6; question++) {
        const { body } = await service.query(circuitQuestion(status));
        expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('ignored')]));
        expect(fake.count('chat')).toBe(calls + question);
      }
      expect(await service.guard(NAME)).toEqual(guard(NAME, { demoted: null }));
      fake.clearFaults();
      expect((await ask()).body.metadata).toEqual(metadata());
      await settled();
    },
  );

  it('does not interrupt a run of failures with a refused question', async () => {
    const { service, fake, ask } = scenario;
    const refusal = { kind: 'status', status: 422 } as const;
    const failure = { kind: 'status', status: 502 } as const;
    fake.script('chat', [failure, failure, refusal, failure, refusal, failure, failure]);
    for (let question = 0; question < 6; question++) await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 4 });
    await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', fail_count: 5 });
  });
});
