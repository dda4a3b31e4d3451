import { type Fleet, SEEDS, SPREAD_MS, startFleet } from '../../../support/guards/fleet.ts';

let fleet: Fleet;

afterEach(() => fleet.stop());

describe('the hints of other instances', () => {
  it('open a circuit with its next failure when at least half of the others see it open', async () => {
    fleet = await startFleet(3);
    await fleet.at(0).fail(5);
    await fleet.clock.advance(0);
    expect(fleet.at(2).guard.snapshot().peers_open).toBe(true);
    expect(fleet.at(2).state).toBe('closed');
    await fleet.at(2).fail(1);
    expect(fleet.at(2).state).toBe('open');
  });

  it('open no circuit when fewer than half of the others see it open', async () => {
    fleet = await startFleet(4);
    await fleet.clock.advance(SPREAD_MS);
    await fleet.at(0).fail(5);
    await fleet.clock.advance(0);
    expect(fleet.at(2).guard.snapshot().peers_open).toBe(false);
    await fleet.at(2).fail(4);
    expect(fleet.at(2).state).toBe('closed');
  });

  it('are ignored for 30 s after a success of this instance', async () => {
    fleet = await startFleet(2);
    await fleet.at(1).call(true);
    await fleet.clock.advance(29_000);
    await fleet.at(0).fail(5);
    await fleet.clock.advance(0);
    await fleet.at(1).fail(1);
    expect(fleet.at(1).state).toBe('closed');
    await fleet.clock.advance(1_000);
    await fleet.at(1).fail(1);
    expect(fleet.at(1).state).toBe('open');
  });

  it('end with the open time, even when no message says so', async () => {
    fleet = await startFleet(2);
    await fleet.at(0).fail(5);
    await fleet.clock.advance(10_000);
    fleet.at(0).channelFaults.cut = true;
    expect(fleet.at(1).guard.snapshot().peers_open).toBe(true);
    await fleet.clock.advance(20_000);
    expect(fleet.at(1).guard.snapshot().peers_open).not.toBe(true);
  });

  it('end when an instance leaves or sends nothing more', async () => {
    fleet = await startFleet(3);
    expect(fleet.at(0).guard.snapshot().peers_open).toBe(false);
    fleet.at(1).channelFaults.cut = true;
    await fleet.at(2).stop();
    await fleet.clock.advance(20_000);
    expect(fleet.at(0).guard.snapshot().peers_open).toBeNull();
  });

  it.each(SEEDS)('never let one bad instance open the circuits of the others, with seed %i', async (seed) => {
    const { badOpenings } = await runWithBadInstance(seed, 2 + (seed % 5));
    expect(badOpenings).toBeGreaterThan(0);
    expect(fleet.instances.slice(1).filter(({ openings }) => openings > 0)).toEqual([]);
  });

  it('come from one bad instance of two', async () => {
    expect((await runWithBadInstance(1, 2)).advised).toBeGreaterThan(0);
  });

  /** Returns how often the bad instance opened its circuit, and how often the others, which see the service work, were advised to. */
  async function runWithBadInstance(seed: number, count: number) {
    fleet = await startFleet(count, seed);
    for (const { channelFaults } of fleet.instances)
      Object.assign(channelFaults, { delayMs: 3_000, loss: fleet.chance() / 2 });
    let advised = 0;
    let badOpenings = 0;
    for (let step = 0; step < 60; step++) {
      await fleet.at(0).call(false);
      // The others see a failure now and then, but never only failures.
      for (const good of fleet.instances.slice(1)) {
        await good.call(true);
        if (fleet.random(10) === 0) await good.fail(3);
        if (good.guard.snapshot().peers_open) advised++;
      }
      if (fleet.random(10) === 0) {
        badOpenings += fleet.at(0).openings;
        await fleet.restart(0);
      }
      await fleet.clock.advance(fleet.random(10_000));
    }
    return { advised, badOpenings: badOpenings + fleet.at(0).openings };
  }
});
