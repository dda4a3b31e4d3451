import { Prober } from '../../../src/resilience/guard/prober.ts';
import { classify, createGuard, IgnoredError } from '../../support/guards/guards.ts';
import type { Classify } from '../../../src/resilience/guard/outcome.ts';
import type { FakeClock } from '../../support/fakes/fake-clock.ts';
import { recordSideFailures } from '../../support/side-failures.ts';

type Behaviour = (signal: AbortSignal) => Promise<void>;

const succeeds: Behaviour = () => Promise.resolve();
const refused: Behaviour = async () => {
  throw new Error('refused');
};
/** Ends only when its signal aborts. */
const hangs: Behaviour = (signal) =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
  );

function setUp(settings = {}, judge: Classify = classify, isLocal = false) {
  const service = createGuard(settings);
  const state = { behaviour: succeeds, probes: 0, recoveries: 0, isIdle: false };
  const prober = new Prober(
    [
      {
        guard: service.guard,
        limitMs: 10_000,
        classify: judge,
        isLocal,
        onRecovery: () => state.recoveries++,
        probe: (signal) => state.behaviour(signal),
      },
    ],
    {
      clock: service.clock,
      everyMs: 10_000,
      random: () => 0,
      onProbe: () => state.probes++,
      isIdle: () => state.isIdle,
    },
  );
  prober.start();
  return { service, state, prober };
}

/** Lets time pass in steps, as timers are set by what earlier ones have done. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) await clock.advance(500);
}

describe('active probes', () => {
  it('call a service in the process only while its circuit is not closed', async () => {
    const { service, state, prober } = setUp({}, classify, true);
    await pass(service.clock, 60_000);
    expect(state.probes).toBe(0);
    await service.failTimes(5);
    await pass(service.clock, 60_000);
    expect(service.guard.state).toBe('closed');
    const { probes } = state;
    await pass(service.clock, 60_000);
    expect(state.probes).toBe(probes);
    await prober.stop();
  });

  it('call a healthy service every ten seconds, except while its traffic succeeds', async () => {
    const { service, state, prober } = setUp();
    await pass(service.clock, 35_000);
    expect(state.probes).toBe(3);
    for (let second = 0; second < 30; second++) {
      await service.succeed();
      await pass(service.clock, 1_000);
    }
    expect(state.probes).toBe(3);
    await prober.stop();
    expect(service.clock.pendingTimers).toBe(0);
  });

  it.each([
    ['refused', refused],
    ['hung', hangs],
  ])('find a service that is %s within half a minute without traffic', async (_, behaviour) => {
    const { service, state, prober } = setUp();
    state.behaviour = behaviour;
    await pass(service.clock, 30_000);
    expect(service.state).toBe('open');
    expect(state.probes).toBeLessThanOrEqual(10);
    await prober.stop();
    expect(service.clock.pendingTimers).toBe(0);
  });

  it('end the open time early and close the circuit when the service is back', async () => {
    const { service, state, prober } = setUp({ openMs: 300_000 });
    await service.failTimes(5);
    state.behaviour = refused;
    await pass(service.clock, 20_000);
    expect(service.state).toBe('open');
    state.behaviour = succeeds;
    await pass(service.clock, 16_000);
    expect(service.state).toBe('closed');
    await prober.stop();
  });

  it('are logged when they fail while the circuit is open, but not when they are stopped', async () => {
    const { lines, end } = recordSideFailures();
    const { service, state, prober } = setUp({ openMs: 300_000 });
    await pass(service.clock, 1_000);
    await service.failTimes(5);
    state.behaviour = refused;
    await pass(service.clock, 12_000);
    const line = { level: 'info', event: 'probe_failed', breaker_name: service.guard.name };
    expect(lines).toEqual([{ ...line, cause: { name: 'Error' } }]);
    state.behaviour = hangs;
    await pass(service.clock, 12_000);
    await prober.stop();
    expect(lines).toHaveLength(1);
    end();
  });

  it('do not end a run of failures of other calls', async () => {
    const { service, state, prober } = setUp({ openMs: 60_000 });
    for (let failure = 0; failure < 5; failure++) {
      await service.failTimes(1);
      await pass(service.clock, 11_500);
    }
    expect(state.probes).toBeGreaterThanOrEqual(4);
    expect(service.state).toBe('open');
    await pass(service.clock, 45_000);
    expect(service.state).toBe('open');
    await pass(service.clock, 20_000);
    expect(service.state).toBe('closed');
    await prober.stop();
  });

  it('do not call a target that is held back or forced by an operator', async () => {
    const { service, state, prober } = setUp();
    const throttled = () => ({
      ...classify(new IgnoredError()),
      hold: { cause: 'throttled' as const, ms: 60_000 },
    });
    service.begin({ classify: throttled }).fail();
    await pass(service.clock, 50_000);
    expect(state.probes).toBe(0);
    service.guard.force('forced_open', 60_000);
    await pass(service.clock, 55_000);
    expect(state.probes).toBe(0);
    await prober.stop();
  });

  it.each(['latched', 'loading'] as const)(
    'end the hold of a target that is %s as soon as it works, with pauses that double',
    async (cause) => {
      const { service, state, prober } = setUp();
      const hold = { cause, ms: 300_000 };
      service.begin({ classify: () => ({ ...classify(new IgnoredError()), hold }) }).fail();
      state.behaviour = refused;
      await pass(service.clock, 155_000);
      expect(state.probes).toBe(4);
      expect(service.guard.rejection).toBe(cause);
      state.behaviour = succeeds;
      await pass(service.clock, 20_000);
      expect(service.guard.rejection).toBeNull();
      expect(service.events).toContainEqual({ type: 'hold_ended', guard: 'tested' });
      await prober.stop();
      expect(service.clock.pendingTimers).toBe(0);
    },
  );

  it('prolong the hold of a target that still refuses the key, and never leave it untold', async () => {
    const latched = { ...classify(new IgnoredError()), hold: { cause: 'latched', ms: 300_000 } } as const;
    const { service, state, prober } = setUp({}, () => latched);
    service.begin({ classify: () => latched }).fail();
    state.behaviour = refused;
    for (let minute = 0; minute < 30; minute++) {
      await pass(service.clock, 60_000);
      expect(service.guard.rejection).toBe('latched');
    }
    expect(state.probes).toBeLessThan(15);
    await prober.stop();
  });

  it('call a target that asked for a long pause only after a minute', async () => {
    const { service, state, prober } = setUp();
    const hold = { cause: 'throttled', ms: 300_000 } as const;
    service.begin({ classify: () => ({ ...classify(new IgnoredError()), hold }) }).fail();
    await pass(service.clock, 60_000);
    expect(state.probes).toBe(0);
    await pass(service.clock, 12_000);
    expect(state.probes).toBe(1);
    expect(service.guard.rejection).toBeNull();
    await prober.stop();
  });

  it('double their pauses while they are refused, and tell when they no longer are', async () => {
    const { service, state, prober } = setUp();
    state.behaviour = () => Promise.reject(new IgnoredError());
    await pass(service.clock, 300_000);
    expect(state.probes).toBe(5);
    expect(state.recoveries).toBe(0);
    state.behaviour = succeeds;
    await pass(service.clock, 250_000);
    expect(state.recoveries).toBe(1);
    await prober.stop();
  });

  it('pause while nobody asks, unless something is wrong', async () => {
    const { service, state, prober } = setUp({ openMs: 60_000 });
    state.isIdle = true;
    await pass(service.clock, 600_000);
    expect(state.probes).toBe(0);
    await service.failTimes(5);
    state.behaviour = refused;
    await pass(service.clock, 40_000);
    expect(state.probes).toBeGreaterThan(1);
    state.behaviour = succeeds;
    await pass(service.clock, 60_000);
    expect(service.state).toBe('closed');
    const { probes } = state;
    await pass(service.clock, 600_000);
    expect(state.probes).toBe(probes);
    await prober.stop();
  });

  it('never call a service whose breaker is disabled', async () => {
    const { service, state, prober } = setUp({ enabled: 'false' });
    await pass(service.clock, 60_000);
    expect(state.probes).toBe(0);
    await prober.stop();
  });
});
