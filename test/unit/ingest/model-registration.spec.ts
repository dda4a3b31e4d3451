import { ModelRegistration } from '../../../src/ingest/embedding/model-registration.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const LIFETIME_MS = 600_000;

function setUp() {
  const clock = new FakeClock();
  const database = { isDown: false };
  const calls: string[] = [];
  const record = async (call: string) => {
    if (database.isDown) throw new Error('down');
    calls.push(call);
  };
  const registration = new ModelRegistration(
    { own: { model: 'm' }, refresh: () => record('refresh') } as never,
    {
      unregisterInstance: (instance: string) => record(`unregister ${instance}`),
      registerProcess: (_process: string, instance: string, model: string) =>
        record(`register ${instance} ${model}`),
      unregisterProcess: () => record('unregister process'),
    } as never,
    { instanceName: 'one' } as never,
    clock,
    () => 0,
  );
  const { signal } = new AbortController();
  const countRegistrations = () => calls.filter((call) => call === 'register one m').length;
  return {
    clock,
    database,
    calls,
    countRegistrations,
    registration,
    ensure: () => registration.ensure(signal),
  };
}

describe('the registration of a process for its model', () => {
  it('replaces the process that had its name, once, and is renewed before it expires', async () => {
    const { clock, calls, countRegistrations, registration, ensure } = setUp();
    await ensure();
    await ensure();
    expect(calls[0]).toBe('unregister one');
    expect(calls[1]).toBe('register one m');
    expect(calls.filter((call) => call.startsWith('unregister one'))).toHaveLength(1);
    const before = countRegistrations();
    await clock.advance(LIFETIME_MS);
    expect(countRegistrations()).toBe(before + 3);
    await registration.withdraw();
    expect(calls.at(-1)).toBe('unregister process');
    await clock.advance(LIFETIME_MS);
    expect(calls.at(-1)).toBe('unregister process');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is tried again by each call while the database is down, and is renewed after an outage', async () => {
    const { clock, database, calls, countRegistrations, registration, ensure } = setUp();
    database.isDown = true;
    await expect(ensure()).rejects.toThrow('down');
    expect(clock.pendingTimers).toBe(0);
    database.isDown = false;
    await ensure();
    expect(calls.slice(0, 2)).toEqual(['unregister one', 'register one m']);
    const before = countRegistrations();
    database.isDown = true;
    await clock.advance(LIFETIME_MS);
    expect(countRegistrations()).toBe(before);
    database.isDown = false;
    await clock.advance(LIFETIME_MS / 3);
    expect(countRegistrations()).toBe(before + 1);
    database.isDown = true;
    await registration.withdraw();
  });
});
