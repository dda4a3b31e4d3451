import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { attempt, excerpts, metadata } from '../../support/scenarios/expected.ts';
import type { Fault } from '../../support/fakes/fake-hugging-face-faults.ts';

const NAME = 'huggingface_api';
const LIMIT_MS = 10_000;
/** Another than that of the first token, to tell them apart. */
const IDLE_MS = 8_300;

const env = { GENERATION_IDLE_TIMEOUT_MS: String(IDLE_MS), GENERATION_PATIENCE_MS: '3600000' };

describeScenario('a model that hangs, which every question waits for', env, (scenario) => {
  beforeEach(async () => {
    scenario.fake.clearFaults();
    expect((await scenario.ask()).body.metadata).toEqual(metadata());
  });

  it.each<[string, Fault, number]>([
    ['before its headers', { kind: 'black_hole' }, LIMIT_MS],
    ['after its headers', { kind: 'headers_then_silence' }, LIMIT_MS],
    ['midway', { kind: 'stall', parts: 3 }, IDLE_MS],
  ])('has failed at its limit %s, and no part of the answer is returned', async (_, fault, limitMs) => {
    const { service, fake, askAndWait, settled } = scenario;
    fake.fail('chat', fault, { times: 1 });
    const { status, headers, body } = await askAndWait(limitMs);
    expect(status).toBe(200);
    const timedOut = attempt('timeout', NAME, limitMs);
    expect(body.metadata).toEqual(excerpts('generation_timeout_no_cache', [timedOut]));
    expect(headers.get('x-fallback-reason')).toBe('generation_timeout_no_cache');
    expect(headers.get('server-timing')).toContain(`generate;dur=${limitMs}.0`);
    expect(body.answer).not.toContain('According');
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 1 });
    await settled();
  });

  it('opens its circuit, after which no question waits for it', async () => {
    const { service, fake, clock, ask, askAndWait, settled } = scenario;
    fake.fail('chat', { kind: 'black_hole' });
    for (let question = 0; question < 5; question++) await askAndWait(LIMIT_MS);
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', retry_after: 30 });
    const calls = fake.count('chat');
    const { body } = await ask();
    expect(body.metadata).toEqual(excerpts('circuit_breaker_open_no_cache', [attempt('rejected')]));
    expect(fake.count('chat')).toBe(calls);
    await settled();

    await clock.advance(30_000);
    expect((await askAndWait(LIMIT_MS)).body.metadata.attempts).toEqual([attempt('timeout', NAME, LIMIT_MS)]);
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', retry_after: 60 });
    // A connection that is being closed must not carry the next question.
    await settled();
    fake.clearFaults();
    await clock.advance(60_000);
    await ask();
    await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed', fail_count: 0 });
  });
});
