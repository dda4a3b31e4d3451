import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';

const NAME = 'huggingface_api';

function loading(seconds: number): Fault {
  return { kind: 'status', status: 503, body: { error: 'Model is loading', estimated_time: seconds } };
}

describeScenario('a model that is still loading', {}, (scenario) => {
  beforeEach(async () => {
    scenario.fake.clearFaults();
    expect((await scenario.ask()).body.metadata).toEqual(metadata());
  });

  it('counts as one failure, and is not called for as long as it asks', async () => {
    const { service, fake, clock, ask, settled } = scenario;
    fake.fail('chat', loading(45.5), { times: 1 });
    expect((await ask()).body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
    expect(await service.guard(NAME)).toMatchObject({ state: 'held', fail_count: 1 });

    const calls = fake.count('chat');
    await settled();
    await clock.advance(45_499);
    const { body } = await ask();
    expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('rejected')]));
    expect(fake.count('chat')).toBe(calls);
    await clock.advance(1);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 0 });
    await settled();
  });

  it('keeps its circuit open for longer than usual when it asks for longer', async () => {
    const { service, fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'status', status: 500 }, { times: 4 });
    for (let question = 0; question < 4; question++) await ask();
    fake.fail('chat', loading(100), { times: 1 });
    await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', fail_count: 5, retry_after: 100 });
    // What the database is told of the circuit must not wait for it while the clock jumps.
    await settled();
    await clock.advance(99_999);
    expect((await ask()).body.metadata.attempts).toEqual([attempt('rejected')]);
    await clock.advance(1);
    await ask();
    await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', retry_after: null });
  });
});
