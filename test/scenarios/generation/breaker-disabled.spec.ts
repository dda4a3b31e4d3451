import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, guard, metadata } from '../../support/scenarios/expected.ts';

const NAME = 'huggingface_api';
const LIMIT_MS = 10_000;

const env = { CIRCUIT_BREAKER_ENABLED: 'false', GENERATION_PATIENCE_MS: '3600000' };

describeScenario('a disabled circuit breaker', env, (scenario) => {
  const disabled = guard(NAME, {
    enabled: false,
    mode: 'disabled',
    last_failure_time: expect.any(Number),
  });

  it('lets every call through to a model that refuses connections, and falls back each time', async () => {
    const { service, fake, ask, settled } = scenario;
    await fake.stop();
    for (let question = 0; question < 10; question++) {
      const { body } = await ask();
      expect(body.metadata).toEqual(excerpts('generation_failed_no_cache', [attempt('failure')]));
    }
    expect(await service.guard(NAME)).toEqual(disabled);
    await fake.start();
    expect((await ask()).body.metadata).toEqual(metadata());
    await settled();
  });

  it('lets every call through to a model that hangs, within the time limits', async () => {
    const { service, fake, ask, askAndWait, settled } = scenario;
    fake.fail('chat', { kind: 'black_hole' }, { times: 6 });
    for (let question = 0; question < 6; question++) {
      const { body } = await askAndWait(LIMIT_MS);
      const timedOut = attempt('timeout', NAME, LIMIT_MS);
      expect(body.metadata).toEqual(excerpts('generation_timeout_no_cache', [timedOut]));
    }
    expect(await service.guard(NAME)).toEqual(disabled);
    expect((await ask()).body.metadata).toEqual(metadata());
    await settled();
  });

  it('lets every call through to a model that answers 429', async () => {
    const { fake, ask } = scenario;
    const tooMany = { kind: 'status', status: 429, headers: { 'retry-after': '60' } } as const;
    fake.fail('chat', tooMany, { times: 2 });
    for (let question = 0; question < 2; question++)
      expect((await ask()).body.metadata).toEqual(excerpts('rate_limited_no_cache', [attempt('throttled')]));
    expect((await ask()).body.metadata).toEqual(metadata());
  });
});
