import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { guard, metadata } from '../../support/scenarios/expected.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';
const OPEN_MS = 30_000;

describeScenario('a caller who goes away', {}, (scenario) => {
  it.each([
    ['before the first token', { kind: 'black_hole' }],
    ['midway', { kind: 'stall', parts: 3 }],
  ] as const)('ends the call to the model %s, and no outcome is counted', async (_, fault) => {
    const { service, fake, ask, settled } = scenario;
    fake.fail('chat', fault, { times: 1 });
    const calls = fake.count('chat');
    const caller = new AbortController();
    const asked = service.query(circuitQuestion(1_000 + calls), {}, { signal: caller.signal });
    await fake.received('chat', calls + 1);
    caller.abort();
    await expect(asked).rejects.toThrow('aborted');
    await settled();
    expect(await service.guard(NAME)).toEqual(guard(NAME));
    expect(service.logs).toContainEqual(
      expect.objectContaining({ event: 'circuit_failure', outcome: 'ignored', error_type: 'cancelled' }),
    );
    expect(service.logs).toContainEqual(expect.objectContaining({ event: 'request', status: 499 }));
    expect((await ask()).body.metadata).toEqual(metadata());
  });

  it('does not end the answer that others await for the same question', async () => {
    const { service, fake, settled } = scenario;
    fake.fail('chat', { kind: 'slow_drip', everyMs: 15 }, { times: 1 });
    const calls = fake.count('chat');
    const caller = new AbortController();
    let requests = 0;
    service.app.getHttpServer().on('request', () => requests++);
    const left = service.query(circuitQuestion(2_000), {}, { signal: caller.signal });
    await fake.received('chat', calls + 1);
    const remaining = service.query(circuitQuestion(2_000));
    await until('both have asked', () => requests === 2);
    await service.request('GET', '/health/live');
    caller.abort();
    await expect(left).rejects.toThrow('aborted');
    expect((await remaining).body.metadata).toEqual(metadata());
    expect(fake.count('chat')).toBe(calls + 1);
    await settled();
  });

  it('does not end a half-open trial', async () => {
    const { service, fake, clock, ask, settled } = scenario;
    fake.fail('chat', { kind: 'reset' });
    for (let question = 0; question < 5; question++) await ask();
    fake.fail('chat', { kind: 'slow_drip', everyMs: 5 }, { times: 1 });
    await clock.advance(OPEN_MS);
    const calls = fake.count('chat');
    const caller = new AbortController();
    const asked = service.query(circuitQuestion(3_000), {}, { signal: caller.signal });
    await fake.received('chat', calls + 1);
    caller.abort();
    await expect(asked).rejects.toThrow('aborted');
    await settled();
    expect(await service.guard(NAME)).toMatchObject({ state: 'half-open' });
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed' });
  });
});
