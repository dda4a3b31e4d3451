import { type Fleet, SEEDS, SPREAD_MS, startFleet } from '../../../support/guards/fleet.ts';

const HOUR_SECONDS = 3_600;

let fleet: Fleet;

afterEach(() => fleet.stop());

describe('a decision of an operator', () => {
  it('reaches every instance at once, survives a restart, and ends everywhere by itself', async () => {
    fleet = await startFleet(3);
    expect(await fleet.at(0).controls.force('model', 'forced_open', 60)).toBe(true);
    await fleet.clock.advance(0);
    expect(fleet.instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('forced_open'));
    await fleet.restart(2);
    expect(fleet.at(2).guard.mode).toBe('forced_open');
    await fleet.clock.advance(60_000);
    expect(fleet.instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('auto'));
  });

  it('is not undone by an older reset that arrives later', async () => {
    fleet = await startFleet(2);
    for (const { channelFaults } of fleet.instances) channelFaults.cut = true;
    await fleet.at(0).controls.reset('model');
    expect(await fleet.at(1).controls.force('model', 'forced_open', 60)).toBe(true);
    expect(fleet.at(1).guard.mode).toBe('forced_open');
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.instances.map(({ guard }) => guard.mode)).toEqual(['forced_open', 'forced_open']);
  });

  it('reaches every instance within 5 s without a channel', async () => {
    fleet = await startFleet(3);
    for (const { channelFaults } of fleet.instances) channelFaults.cut = true;
    await fleet.at(0).controls.configure('model', { failThreshold: 2 });
    await fleet.at(0).controls.force('model', 'forced_closed', 60);
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('forced_closed'));
    await fleet.at(1).controls.reset('model');
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('auto'));
    await fleet.at(2).fail(2);
    expect(fleet.at(2).state).toBe('open');
    await fleet.at(1).controls.configure('model', { failThreshold: null });
    await fleet.clock.advance(SPREAD_MS);
    await fleet.at(0).fail(4);
    expect(fleet.at(0).state).toBe('closed');
  });

  it('closes an open circuit everywhere, once', async () => {
    fleet = await startFleet(2);
    for (const instance of fleet.instances) await instance.fail(5);
    await fleet.at(0).controls.reset('model');
    await fleet.clock.advance(0);
    expect(fleet.instances.map(({ state }) => state)).toEqual(['closed', 'closed']);
    await fleet.at(1).fail(5);
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.at(1).state).toBe('open');
    await fleet.at(0).controls.startTrials('model');
    await fleet.clock.advance(0);
    expect(fleet.instances.map(({ state }) => state)).toEqual(['half-open', 'half-open']);
    await fleet.restart(1);
    expect(fleet.at(1).controls.hasUnsaved).toBe(false);
  });

  it('applies where it was made during an outage of the store, and replaces no newer one afterwards', async () => {
    fleet = await startFleet(3);
    fleet.at(0).storeFaults.cut = true;
    expect(await fleet.at(0).controls.force('model', 'forced_open', HOUR_SECONDS)).toBe(false);
    expect(fleet.at(0).guard.mode).toBe('forced_open');
    await fleet.clock.advance(SPREAD_MS);
    expect(await fleet.at(1).controls.force('model', 'forced_closed', HOUR_SECONDS)).toBe(true);
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.instances.map(({ guard }) => guard.mode)).toEqual([
      'forced_open',
      'forced_closed',
      'forced_closed',
    ]);
    fleet.at(0).storeFaults.cut = false;
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('forced_closed'));
  });

  it('is stored when the store is back, if it is the newest', async () => {
    fleet = await startFleet(2);
    await fleet.at(1).controls.force('model', 'forced_closed', HOUR_SECONDS);
    await fleet.clock.advance(SPREAD_MS);
    fleet.at(0).storeFaults.cut = true;
    await fleet.at(0).controls.force('model', 'forced_open', HOUR_SECONDS);
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.at(1).guard.mode).toBe('forced_closed');
    fleet.at(0).storeFaults.cut = false;
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.at(1).guard.mode).toBe('forced_open');
  });

  it('is refused for an unknown guard', async () => {
    fleet = await startFleet(1);
    await expect(fleet.at(0).controls.reset('nobody')).rejects.toThrow('there is no guard nobody');
  });

  it.each(SEEDS)('is followed by every instance when it is the newest, with seed %i', async (seed) => {
    fleet = await startFleet(5, seed);
    let newest = 'auto';
    for (let step = 0; step < 40; step++) {
      for (const { storeFaults, channelFaults } of fleet.instances) {
        Object.assign(storeFaults, { delayMs: 1_000, loss: 0.2, cut: fleet.random(4) === 0 });
        Object.assign(channelFaults, { delayMs: 3_000, loss: 0.3, cut: fleet.random(4) === 0 });
      }
      const number = fleet.random(5);
      const { controls } = fleet.at(number);
      const action = fleet.random(5);
      const modes = ['forced_open', 'forced_closed'] as const;
      const mode = modes[action];
      if (mode) {
        void controls.force('model', mode, HOUR_SECONDS);
        newest = mode;
      } else if (action === 2) {
        void controls.reset('model');
        newest = 'auto';
      } else if (action === 3 && !controls.hasUnsaved) {
        // What an instance could not store ends with it.
        const restarted = fleet.restart(number);
        await fleet.clock.advance(SPREAD_MS);
        await restarted;
      }
      await fleet.clock.advance(SPREAD_MS + fleet.random(10_000));
    }
    for (const { storeFaults, channelFaults } of fleet.instances) {
      Object.assign(storeFaults, { delayMs: 0, loss: 0, cut: false });
      Object.assign(channelFaults, { delayMs: 0, loss: 0, cut: false });
    }
    await fleet.clock.advance(2 * SPREAD_MS);
    expect(fleet.instances.map(({ guard }) => guard.mode)).toEqual(Array(5).fill(newest));
  });
});
