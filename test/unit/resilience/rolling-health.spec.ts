import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import type { OutcomeKind } from '../../../src/resilience/guard/outcome.ts';
import { RollingHealth } from '../../../src/resilience/health/rolling-health.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { classify, defaultSettings } from '../../support/guards/guards.ts';
import { createRandom } from '../../support/random.ts';

const nothing = { calls: 0, error_rate: null, p50_ms: null, p95_ms: null, availability: null };

function setUp() {
  const clock = new FakeClock();
  const health = new RollingHealth(clock);
  const settle = (outcome: OutcomeKind, durationMs = 100, guard = 'a', isDrilled = false) =>
    health.record({
      type: 'settled',
      guard,
      outcome,
      errorType: null,
      cause: null,
      durationMs,
      failCount: 0,
      late: false,
      isDrilled,
    });
  return { clock, health, settle };
}

describe('the health of a service', () => {
  it('is unknown before the first call', () => {
    expect(setUp().health.health('a')).toEqual({ minute: nothing, hour: nothing });
  });

  it('counts calls, errors and refusals per service', () => {
    const { health, settle } = setUp();
    for (let call = 0; call < 6; call++) settle('success');
    settle('failure');
    settle('failure');
    settle('ignored');
    const rejected: GuardEvent = { type: 'rejected', guard: 'a', rejection: 'open' };
    health.record(rejected);
    health.record(rejected);
    settle('success', 5, 'b');
    expect(health.health('a').minute).toMatchObject({ calls: 9, error_rate: 0.25, availability: 0.6 });
    expect(health.health('b').hour).toMatchObject({ calls: 1, error_rate: 0, availability: 1 });
  });

  it('counts a call that a drill delayed, and not its duration', () => {
    const { health, settle } = setUp();
    settle('success', 20);
    settle('success', 3_000, 'a', true);
    const { calls, p95_ms: p95 } = health.health('a').minute;
    expect(calls).toBe(2);
    expect(p95).toBeLessThan(30);
  });

  it('drops calls after a minute and after an hour', async () => {
    const { clock, health, settle } = setUp();
    settle('failure');
    await clock.advance(49_000);
    settle('success');
    expect(health.health('a').minute.calls).toBe(2);
    await clock.advance(20_000);
    expect(health.health('a')).toMatchObject({ minute: { calls: 1, error_rate: 0 }, hour: { calls: 2 } });
    await clock.advance(3_600_000);
    expect(health.health('a')).toEqual({ minute: nothing, hour: nothing });
  });

  it('has the median and 95th percentile within 5 %', () => {
    const { health, settle } = setUp();
    const random = createRandom(5);
    const durations = Array.from({ length: 1_000 }, () => 1 + random(20_000));
    for (const ms of durations) settle('success', ms);
    settle('failure', 1);
    const sorted = durations.sort((a, b) => a - b);
    const { p50_ms, p95_ms } = health.health('a').minute;
    for (const [seen, real] of [
      [p50_ms, sorted[499]],
      [p95_ms, sorted[949]],
    ] as const)
      expect(Math.abs((seen ?? 0) / (real ?? 0) - 1)).toBeLessThan(0.055);
  });

  it('accepts any duration', () => {
    const { health, settle } = setUp();
    for (const ms of [0, 1e12, 0.0001]) settle('success', ms);
    expect(health.health('a').minute).toMatchObject({ calls: 3, p50_ms: expect.any(Number) });
  });

  it('counts the events of a guard', async () => {
    const { clock, health } = setUp();
    const guard = new Guard('a', { ...defaultSettings, failThreshold: 1 }, clock, health.record, () => 0);
    const answer = guard.execute(() => new Promise((resolve) => clock.setTimer(() => resolve('done'), 250)), {
      classify,
    });
    await clock.advance(250);
    await answer;
    for (let call = 0; call < 3; call++)
      await guard.execute(() => Promise.reject(new Error('down')), { classify }).catch(() => undefined);
    expect(health.health('a').minute).toMatchObject({ calls: 2, error_rate: 0.5, availability: 0.25 });
    expect(health.health('a').minute.p50_ms).toBeGreaterThan(237);
    expect(health.health('a').minute.p50_ms).toBeLessThan(263);
  });
});
