import { classify } from '../../../support/guards/guards.ts';
import { Fleet, SEEDS, startFleet } from '../../../support/guards/fleet.ts';

let fleet: Fleet;

afterEach(() => fleet.stop());

describe('an instance with a store of its own', () => {
  it('starts without waiting, and stores its decisions when the store answers again', async () => {
    fleet = new Fleet(1);
    const instance = fleet.create(0, false);
    fleet.instances = [instance];
    instance.channelFaults.cut = true;
    instance.storeFaults.cut = true;
    await instance.start();
    await instance.fail(5);
    expect(await instance.controls.force('model', 'forced_closed', 60)).toBe(false);
    await fleet.clock.advance(0);
    instance.storeFaults.cut = false;
    await fleet.clock.advance(10_000);
    expect(instance.controls.hasUnsaved).toBe(true);
    await instance.guards.guard('postgres').execute(async () => undefined, { classify });
    await fleet.clock.advance(0);
    expect(instance.controls.hasUnsaved).toBe(false);
    await fleet.restart(0);
    expect(fleet.at(0).guard.mode).toBe('forced_closed');
    expect(fleet.at(0).guard.openLeftMs).toBe(20_000);
  });
});

describe('an instance without store and channel', () => {
  it.each(SEEDS)('behaves as a single instance does, with seed %i', async (seed) => {
    fleet = await startFleet(2, seed);
    const separate = fleet.create(0);
    Object.assign(fleet.at(0).storeFaults, { cut: true });
    Object.assign(fleet.at(0).channelFaults, { cut: true });
    for (let step = 0; step < 150; step++) {
      const succeeds = fleet.random(4) === 0;
      await fleet.at(0).call(succeeds);
      await separate.call(succeeds);
      await fleet.at(1).call(false);
      await fleet.clock.advance(fleet.random(8_000));
    }
    expect(separate.openings).toBeGreaterThan(0);
    expect(fleet.at(0).events).toEqual(separate.events);
  });
});
