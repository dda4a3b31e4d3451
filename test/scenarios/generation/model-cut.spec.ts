import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';

const NAME = 'huggingface_api';

describeScenario('a broken connection to the model', {}, (scenario) => {
  it.each<[string, Fault]>([
    ['reset before any answer', { kind: 'reset' }],
    ['closed midway', { kind: 'cut', parts: 3 }],
    ['reset midway', { kind: 'reset_midway', parts: 3 }],
    ['ended midway', { kind: 'unfinished', parts: 3 }],
    ['ended by an error in the stream', { kind: 'error_event', parts: 3 }],
  ])('is a failure when it is %s, and half an answer is never returned or cached', async (_, fault) => {
    const { service, fake, settled } = scenario;
    const question = `What opens a circuit whose connection is ${fault.kind}?`;
    fake.fail('chat', fault, { times: 1 });
    const calls = fake.count('chat');
    const { body } = await service.query(question);
    expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
    expect(body.answer).not.toContain('According');
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 1 });
    await settled();

    expect((await service.query(question)).body.metadata).toEqual(metadata());
    expect(fake.count('chat')).toBe(calls + 2);
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 0 });
  });
});
