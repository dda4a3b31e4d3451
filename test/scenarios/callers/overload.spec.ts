import { GenerationTargets } from '../../../src/targets/generation/generation-targets.ts';
import { excerpts, metadata } from '../../support/scenarios/expected.ts';
import { startWithFake } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

describe('an overload of questions', () => {
  it('queues questions up to the limit, and answers the others at once without a model', async () => {
    const limits = { GENERATION_MAX_CONCURRENT: '1', GENERATION_MAX_QUEUED: '1' };
    const scenario = await startWithFake(limits);
    const { service, fake, ask, clock } = scenario;
    const targets = service.app.get(GenerationTargets);
    fake.fail('chat', { kind: 'black_hole' }, { times: 1 });
    const first = ask();
    await fake.received('chat', 1);
    const second = ask();
    await until('the second waits', () => targets.queueDepth === 1);
    expect((await ask()).body.metadata).toEqual(excerpts('overloaded_no_cache', []));
    expect(fake.count('chat')).toBe(1);

    await clock.advance(10_000);
    expect((await first).body.metadata.fallback_reason).toBe('generation_timeout_no_cache');
    // It does not wait for the place of a question that was answered around.
    expect((await second).body.metadata.fallback_reason).toBe('overloaded_no_cache');
    expect((await ask()).body.metadata).toEqual(metadata());
    await scenario.close();
  });
});
