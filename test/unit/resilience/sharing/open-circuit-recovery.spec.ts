import { type Fleet, startFleet } from '../../../support/guards/fleet.ts';

let fleet: Fleet;

afterEach(() => fleet.stop());

describe('a restart', () => {
  it('restores the open circuits of that instance with the time they had left', async () => {
    fleet = await startFleet(2);
    await fleet.at(0).fail(5);
    await fleet.clock.advance(10_000);
    await fleet.restart(0);
    await fleet.restart(1);
    expect(fleet.at(0).guard.openLeftMs).toBe(20_000);
    expect(fleet.at(1).state).toBe('closed');
    await fleet.clock.advance(20_000);
    await fleet.at(0).call(true);
    await fleet.at(0).call(true);
    expect(fleet.at(0).state).toBe('closed');
    await fleet.clock.advance(0);
    await fleet.restart(0);
    expect(fleet.at(0).state).toBe('closed');
  });

  it('restores no circuit of a guard that is disabled by then', async () => {
    fleet = await startFleet(1);
    await fleet.at(0).fail(5);
    await fleet.clock.advance(0);
    await fleet.at(0).stop();
    const instance = fleet.create(0);
    fleet.instances[0] = instance;
    instance.guard.configure({ enabled: 'false' });
    await instance.start();
    expect(instance.state).toBe('closed');
  });

  it('restores open circuits as soon as the store can be read', async () => {
    fleet = await startFleet(1);
    await fleet.at(0).fail(5);
    await fleet.clock.advance(1_000);
    await fleet.at(0).stop();
    const instance = fleet.create(0);
    fleet.instances[0] = instance;
    instance.storeFaults.cut = true;
    await instance.start();
    expect(instance.state).toBe('closed');
    instance.storeFaults.cut = false;
    await fleet.clock.advance(4_000);
    expect(instance.state).toBe('open');
    expect(instance.guard.openLeftMs).toBeLessThanOrEqual(25_800);
  });
});
