import { ModelRegistration } from '../../../src/ingest/embedding/model-registration.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const LIFETIME_MS = 600_000;

function setUp() {
  const clock = new FakeClock();
  const world = { isDown: false };
  const said: string[] = [];
  const note = async (what: string) => {
    if (world.isDown) throw new Error('down');
    said.push(what);
  };
  const registration = new ModelRegistration(
    { own: { model: 'm' }, refresh: () => note('look') } as never,
    {
      unregisterInstance: (instance: string) => note(`forget ${instance}`),
      registerProcess: (_process: string, instance: string, model: string) =>
        note(`wish ${instance} ${model}`),
      unregisterProcess: () => note('withdraw'),
    } as never,
    { instanceName: 'one' } as never,
    clock,
    () => 0,
  );
  const { signal } = new AbortController();
  const wishes = () => said.filter((what) => what === 'wish one m').length;
  return { clock, world, said, wishes, registration, ensure: () => registration.ensure(signal) };
}

describe('the registration of a process for its model', () => {
  it('replaces the process that had its name, once, and is renewed before it expires', async () => {
    const { clock, said, wishes, registration, ensure } = setUp();
    await ensure();
    await ensure();
    expect(said[0]).toBe('forget one');
    expect(said[1]).toBe('wish one m');
    expect(said.filter((what) => what.startsWith('forget'))).toHaveLength(1);
    const before = wishes();
    await clock.advance(LIFETIME_MS);
    expect(wishes()).toBe(before + 3);
    await registration.withdraw();
    expect(said.at(-1)).toBe('withdraw');
    await clock.advance(LIFETIME_MS);
    expect(said.at(-1)).toBe('withdraw');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is tried again by each call while the database is down, and is renewed after an outage', async () => {
    const { clock, world, said, wishes, registration, ensure } = setUp();
    world.isDown = true;
    await expect(ensure()).rejects.toThrow('down');
    expect(clock.pendingTimers).toBe(0);
    world.isDown = false;
    await ensure();
    expect(said.slice(0, 2)).toEqual(['forget one', 'wish one m']);
    const before = wishes();
    world.isDown = true;
    await clock.advance(LIFETIME_MS);
    expect(wishes()).toBe(before);
    world.isDown = false;
    await clock.advance(LIFETIME_MS / 3);
    expect(wishes()).toBe(before + 1);
    world.isDown = true;
    await registration.withdraw();
  });
});
