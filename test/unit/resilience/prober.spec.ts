import { Prober } from '../../../src/resilience/guard/prober.ts';
import { classify, createGuard, IgnoredError } from '../../support/guards/guards.ts';
import type { FakeClock } from '../../support/fakes/fake-clock.ts';

type Behaviour = (signal: AbortSignal) => Promise<void>;

const well: Behaviour = () => Promise.resolve();
const refused: Behaviour = async () => {
  throw new Error('refused');
};
/** Answers never, but lets go when it is told to. */
const hung: Behaviour = (signal) =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
  );

function setUp(settings = {}) {
  const service = createGuard(settings);
  const world = { behaviour: well, probes: 0, failures: [] as unknown[][] };
  const prober = new Prober(
    [
      {
        guard: service.guard,
        limitMs: 10_000,
        classify,
        probe: (signal) => world.behaviour(signal),
      },
    ],
    {
      clock: service.clock,
      everyMs: 10_000,
      random: () => 0,
      onProbe: () => world.probes++,
      onOpenProbeFailed: (...failure) => world.failures.push(failure),
    },
  );
  prober.start();
  return { service, world, prober };
}

/** Lets time pass in steps, as timers are set by what earlier ones have done. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) await clock.advance(500);
}

describe('active probes', () => {
  it('call a healthy service every ten seconds, except while its traffic succeeds', async () => {
    const { service, world, prober } = setUp();
    await pass(service.clock, 35_000);
    expect(world.probes).toBe(3);
    for (let second = 0; second < 30; second++) {
      await service.succeed();
      await pass(service.clock, 1_000);
    }
    expect(world.probes).toBe(3);
    await prober.stop();
    expect(service.clock.pendingTimers).toBe(0);
  });

  it.each([
    ['refused', refused],
    ['hung', hung],
  ])('find a service that is %s within half a minute without traffic', async (_, behaviour) => {
    const { service, world, prober } = setUp();
    world.behaviour = behaviour;
    await pass(service.clock, 30_000);
    expect(service.state).toBe('open');
    expect(world.probes).toBeLessThanOrEqual(10);
    await prober.stop();
    expect(service.clock.pendingTimers).toBe(0);
  });

  it('end the open time early and close the circuit when the service is back', async () => {
    const { service, world, prober } = setUp({ openMs: 300_000 });
    await service.failTimes(5);
    world.behaviour = refused;
    await pass(service.clock, 20_000);
    expect(service.state).toBe('open');
    world.behaviour = well;
    await pass(service.clock, 16_000);
    expect(service.state).toBe('closed');
    await prober.stop();
  });

  it('report why they fail while the circuit is open, and nothing when they are stopped', async () => {
    const { service, world, prober } = setUp({ openMs: 300_000 });
    await pass(service.clock, 1_000);
    await service.failTimes(5);
    world.behaviour = refused;
    await pass(service.clock, 12_000);
    expect(world.failures).toEqual([[service.guard.name, new Error('refused')]]);
    world.behaviour = hung;
    await pass(service.clock, 12_000);
    await prober.stop();
    expect(world.failures).toHaveLength(1);
  });

  it('do not end a run of failures of other calls', async () => {
    const { service, world, prober } = setUp({ openMs: 60_000 });
    for (let failure = 0; failure < 5; failure++) {
      await service.failTimes(1);
      await pass(service.clock, 11_500);
    }
    expect(world.probes).toBeGreaterThanOrEqual(4);
    expect(service.state).toBe('open');
    await pass(service.clock, 45_000);
    expect(service.state).toBe('open');
    await pass(service.clock, 20_000);
    expect(service.state).toBe('closed');
    await prober.stop();
  });

  it('do not call a target that is held back or forced by an operator', async () => {
    const { service, world, prober } = setUp();
    const throttled = () => ({
      ...classify(new IgnoredError()),
      hold: { cause: 'throttled' as const, ms: 60_000 },
    });
    service.begin({ classify: throttled }).fail();
    await pass(service.clock, 50_000);
    expect(world.probes).toBe(0);
    service.guard.force('forced_open', 60_000);
    await pass(service.clock, 55_000);
    expect(world.probes).toBe(0);
    await prober.stop();
  });

  it('never call a service whose breaker is disabled', async () => {
    const { service, world, prober } = setUp({ enabled: 'false' });
    await pass(service.clock, 60_000);
    expect(world.probes).toBe(0);
    await prober.stop();
  });
});
