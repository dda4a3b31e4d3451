import { pino } from 'pino';
import { loadConfig } from '../../../src/config/load-config.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { classify } from '../../support/guards/guards.ts';

describe('a listener of the guards that throws', () => {
  it('is logged once for each type of event, and changes neither the call nor what other listeners receive', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) });
    const guards = new GuardRegistry(loadConfig({}), new FakeClock(), logger, () => 0);
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
    expect(lines.filter(({ event }) => event === 'guard_listener_failed')).toEqual([
      expect.objectContaining({
        level: 50,
        received: 'attempt',
        cause: expect.objectContaining({ name: 'TypeError' }),
      }),
      expect.objectContaining({
        level: 50,
        received: 'settled',
        cause: expect.objectContaining({ name: 'TypeError' }),
      }),
    ]);
  });
});
