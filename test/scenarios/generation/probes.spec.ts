import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { embedderUrl, startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { FakeHuggingFace } from '../../support/fakes/fake-hugging-face.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';
import { startService, type Service } from '../../support/service/service.ts';
import { until } from '../../support/until.ts';

const MODEL = 'huggingface_api';

/** Lets time pass in steps, each followed by what it set off over real sockets. */
async function pass(
  clock: FakeClock,
  seconds: number,
  isSettled: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let passed = 0; passed < seconds; passed++) {
    await clock.advance(1_000);
    await until('what the step set off has ended', isSettled);
  }
}

/** How often the model was asked for a sign of life. */
async function countProbes(service: Service): Promise<number> {
  return seriesOf('failsoft_circuit_breaker_probes_total', await scrape(service))[`{name="${MODEL}"}`] ?? 0;
}

describe('active probes of a model', () => {
  let scenario: Scenario;

  beforeEach(async () => {
    scenario = await startWithFake({ PROBE_INTERVAL_SECONDS: '10' });
  });

  afterEach(() => scenario.close());

  it('find a dead model within half a minute without traffic, and find it again when it is back', async () => {
    const { fake, service, clock } = scenario;
    await pass(clock, 20, service.isAtRest);
    expect(await service.guard(MODEL)).toMatchObject({ state: 'closed', fail_count: 0 });
    expect(fake.count('chat')).toBeGreaterThan(0);
    const { body } = fake.recorded('chat')[0] ?? {};
    expect(body).toMatchObject({ max_tokens: 16, stream: true });

    await fake.stop();
    await pass(clock, 30, service.isAtRest);
    expect(await service.guard(MODEL)).toMatchObject({ state: 'open', last_failure_kind: 'network' });

    await fake.start();
    await pass(clock, 45, service.isAtRest);
    expect(await service.guard(MODEL)).toMatchObject({ state: 'closed', is_healthy: true });
    const { calls } = (await service.guard(MODEL)).totals;
    expect(await countProbes(service)).toBeGreaterThanOrEqual(calls);
    expect(calls).toBeLessThan(20);
  });

  it('find at once that a model whose firewall refused one question takes others', async () => {
    const { ask, fake, service } = scenario;
    fake.script('chat', [{ kind: 'status', status: 403, body: { message: 'Forbidden' } }]);
    expect((await ask()).body.metadata.attempts).toMatchObject([{ outcome: 'ignored' }]);
    await until('it is held no more', async () => (await service.guard(MODEL)).state === 'closed');
    expect((await ask()).body.metadata.attempts).toMatchObject([{ outcome: 'success' }]);
  });

  it('find a hanging model within half a minute without traffic', async () => {
    const { fake, service, clock } = scenario;
    fake.fail('chat', { kind: 'black_hole' });
    const isReceived = async () => fake.count('chat') >= (await countProbes(service));
    await pass(clock, 30, isReceived);
    expect(await service.guard(MODEL)).toMatchObject({ state: 'open', last_failure_kind: 'timeout' });
    fake.clearFaults();
    // So long the calls hang that were made before.
    await pass(clock, 10, isReceived);
    await pass(clock, 35, service.isAtRest);
    expect(await service.guard(MODEL)).toMatchObject({ state: 'closed' });
  });

  it('accept a model that reasons before it answers', async () => {
    const { fake, service, clock } = scenario;
    fake.fail('chat', { kind: 'reasoning', parts: 40 });
    await pass(clock, 40, service.isAtRest);
    expect(await service.guard(MODEL)).toMatchObject({ state: 'closed', totals: { failures: 0 } });
    expect(fake.count('chat')).toBeGreaterThanOrEqual(3);
  });
});

describe('active probes of an embedding host', () => {
  it('find a dead host within half a minute without traffic, and find it again when it is back', async () => {
    const clock = new FakeClock();
    const fake = await new FakeHuggingFace().start();
    const service = await startService(
      { EMBEDDING_TARGETS: embedderUrl(fake), PROBE_INTERVAL_SECONDS: '10', DATABASE_TIMEOUT_MS: '3600000' },
      clock,
    );
    const state = async () => (await service.guard('embedding_api')).state;
    await pass(clock, 10, service.isAtRest);
    expect(fake.recorded('embed').at(-1)?.body['input']).toEqual(['ping']);
    await fake.stop();
    await pass(clock, 30, service.isAtRest);
    expect(await state()).toBe('open');
    await fake.start();
    await pass(clock, 45, service.isAtRest);
    expect(await state()).toBe('closed');
    await service.close();
    expect(clock.pendingTimers).toBe(0);
    await fake.stop();
  });
});
