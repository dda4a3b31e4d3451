import { pino } from 'pino';
import { loadConfig } from '../../src/config/load-config.ts';
import { GuardRegistry } from '../../src/resilience/guard-registry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { classify } from '../support/guards.ts';

const NAME = 'tested';

function setUp() {
  const clock = new FakeClock();
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
  const guards = new GuardRegistry(loadConfig({}), clock, logger, () => 0);
  const fail = () =>
    guards
      .guard(NAME)
      .execute(() => Promise.reject(Object.assign(new Error('private'), { code: 'EPIPE' })), { classify })
      .catch((error: unknown) => error);
  return { clock, guards, lines, fail };
}

describe('what a guard does is logged:', () => {
  it('a failure with its cause', async () => {
    const { lines, fail } = setUp();
    await fail();
    expect(lines).toEqual([
      {
        level: 40,
        event: 'circuit_failure',
        outcome: 'failure',
        breaker_name: NAME,
        error_type: 'network',
        duration_ms: 0,
        fail_count: 1,
        late: false,
        cause: { name: 'Error', code: 'EPIPE' },
      },
    ]);
  });

  it('a rejection once in ten seconds, with the number of those left out', async () => {
    const { clock, lines, fail } = setUp();
    for (let failure = 0; failure < 5; failure++) await fail();
    lines.length = 0;
    for (let second = 0; second < 20; second++) {
      for (let call = 0; call < 100; call++) await fail();
      await clock.advance(1_000);
    }
    const rejection = { level: 40, event: 'circuit_call_rejected', breaker_name: NAME, rejection: 'open' };
    expect(lines).toEqual([rejection, { ...rejection, repeats: 999 }]);
  });

  it('a listener that fails, which changes nothing', async () => {
    const { guards, lines, fail } = setUp();
    const heard: string[] = [];
    guards.listen(() => {
      throw new TypeError('private');
    });
    guards.listen(({ type }) => heard.push(type));
    expect(await fail()).toEqual(new Error('private'));
    expect(await fail()).toEqual(new Error('private'));
    expect(heard).toEqual(['attempt', 'settled', 'attempt', 'settled']);
    const failed = { level: 50, event: 'guard_listener_failed', cause: { name: 'TypeError' } };
    expect(lines.filter(({ event }) => event === failed.event)).toEqual([
      { ...failed, heard: 'attempt' },
      { ...failed, heard: 'settled' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('private');
  });
});
