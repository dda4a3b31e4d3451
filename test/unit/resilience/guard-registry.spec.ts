import { pino } from 'pino';
import { loadConfig } from '../../../src/config/load-config.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { logSideFailures } from '../../../src/telemetry/side-failures.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { classify } from '../../support/guards/guards.ts';
import { silentLogger } from '../../support/postgres/database.ts';
import { recordSideFailures } from '../../support/side-failures.ts';

describe('a listener of the guards that throws', () => {
  it('is logged once for each type of event, and changes neither the call nor what other listeners receive', async () => {
    const { lines, end } = recordSideFailures();
    const guards = new GuardRegistry(loadConfig({}), new FakeClock(), silentLogger, () => 0);
    const received: string[] = [];
    guards.subscribe(() => {
      throw new TypeError('private');
    });
    guards.subscribe(({ type }) => received.push(type));
    const call = () =>
      guards.guard('tested').execute(() => Promise.reject(new Error('refused')), { classify });

    await expect(call()).rejects.toThrow('refused');
    await expect(call()).rejects.toThrow('refused');

    expect(received).toEqual(['attempt', 'settled', 'attempt', 'settled']);
    const line = { level: 'error', event: 'guard_listener_failed', cause: { name: 'TypeError' } };
    expect(lines).toEqual([
      { ...line, received: 'attempt' },
      { ...line, received: 'settled' },
    ]);
    end();
  });

  it('does not keep an event from the others when the log fails as well', async () => {
    const broken = pino({}, { write: () => fail() });
    const end = logSideFailures(broken, () => 0);
    const guards = new GuardRegistry(loadConfig({}), new FakeClock(), broken, () => 0);
    const received: string[] = [];
    guards.subscribe(({ type }) => received.push(type));
    const call = guards.guard('tested').execute(() => Promise.reject(new Error('refused')), { classify });
    await expect(call).rejects.toThrow('refused');
    expect(received).toEqual(['attempt', 'settled']);
    end();
  });
});

function fail(): never {
  throw new Error('the disk is full');
}
