import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { classify } from '../../support/guards/guards.ts';
import { World, type Instance } from '../../support/guards/instances.ts';

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
/** Decisions reach every instance within this time. */
const SPREAD_MS = 5_000;
const HOUR_SECONDS = 3_600;

let clock: FakeClock;
let instances: Instance[];

async function startAll(count: number, seed = 1): Promise<World> {
  const world = new World(clock, seed);
  instances = await world.start(count);
  return world;
}

/** The instance of that number. */
function at(number: number): Instance {
  const instance = instances[number];
  if (!instance) throw new Error(`there is no instance ${number}`);
  return instance;
}

/** Ends an instance's process and starts it again. */
async function restart(world: World, number: number): Promise<void> {
  await at(number).stop();
  instances[number] = world.create(number);
  await at(number).start();
}

beforeEach(() => {
  clock = new FakeClock();
  instances = [];
});

afterEach(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  // Messages under way are the channel's, not theirs.
  await clock.advance(3_000);
  expect(clock.pendingTimers).toBe(0);
});

describe('the hints of other instances', () => {
  it('open a circuit with its next failure when at least half of the others see it open', async () => {
    await startAll(3);
    await at(0).fail(5);
    await clock.advance(0);
    expect(at(2).guard.snapshot().peers_open).toBe(true);
    expect(at(2).state).toBe('closed');
    await at(2).fail(1);
    expect(at(2).state).toBe('open');
  });

  it('open no circuit when fewer than half of the others see it open', async () => {
    await startAll(4);
    await clock.advance(SPREAD_MS);
    await at(0).fail(5);
    await clock.advance(0);
    expect(at(2).guard.snapshot().peers_open).toBe(false);
    await at(2).fail(4);
    expect(at(2).state).toBe('closed');
  });

  it('are ignored for 30 s after a success of this instance', async () => {
    await startAll(2);
    await at(1).call(true);
    await clock.advance(29_000);
    await at(0).fail(5);
    await clock.advance(0);
    await at(1).fail(1);
    expect(at(1).state).toBe('closed');
    await clock.advance(1_000);
    await at(1).fail(1);
    expect(at(1).state).toBe('open');
  });

  it('end with the open time, also when no message tells the end', async () => {
    await startAll(2);
    await at(0).fail(5);
    await clock.advance(10_000);
    at(0).channelFaults.cut = true;
    expect(at(1).guard.snapshot().peers_open).toBe(true);
    await clock.advance(20_000);
    expect(at(1).guard.snapshot().peers_open).not.toBe(true);
  });

  it('end when an instance leaves or falls silent', async () => {
    await startAll(3);
    expect(at(0).guard.snapshot().peers_open).toBe(false);
    at(1).channelFaults.cut = true;
    await at(2).stop();
    await clock.advance(20_000);
    expect(at(0).guard.snapshot().peers_open).toBeNull();
  });

  it.each(SEEDS)('never let one bad instance open the circuits of the others, in world %i', async (seed) => {
    const { badOpenings } = await liveWithABadInstance(seed, 2 + (seed % 5));
    expect(badOpenings).toBeGreaterThan(0);
    expect(instances.slice(1).filter(({ openings }) => openings > 0)).toEqual([]);
  });

  it('come from one bad instance of two all the same', async () => {
    expect((await liveWithABadInstance(1, 2)).advised).toBeGreaterThan(0);
  });

  /** How often the bad one opened, and an instance that sees the service work was advised to open its circuit. */
  async function liveWithABadInstance(seed: number, count: number) {
    const world = await startAll(count, seed);
    for (const { channelFaults } of instances)
      Object.assign(channelFaults, { delayMs: 3_000, loss: world.chance() / 2 });
    let advised = 0;
    let badOpenings = 0;
    for (let step = 0; step < 60; step++) {
      await at(0).call(false);
      // The others see a failure now and then, but never only failures.
      for (const good of instances.slice(1)) {
        await good.call(true);
        if (world.random(10) === 0) await good.fail(3);
        if (good.guard.snapshot().peers_open) advised++;
      }
      if (world.random(10) === 0) {
        badOpenings += at(0).openings;
        await restart(world, 0);
      }
      await clock.advance(world.random(10_000));
    }
    return { advised, badOpenings: badOpenings + at(0).openings };
  }
});

describe('a decision of an operator', () => {
  it('reaches every instance at once, ends everywhere by itself, and survives restarts', async () => {
    const world = await startAll(3);
    expect(await at(0).controls.force('model', 'forced_open', 60)).toBe(true);
    await clock.advance(0);
    expect(instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('forced_open'));
    await restart(world, 2);
    expect(at(2).guard.mode).toBe('forced_open');
    await clock.advance(60_000);
    expect(instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('auto'));
  });

  it('is not undone by an older reset that arrives later', async () => {
    await startAll(2);
    for (const { channelFaults } of instances) channelFaults.cut = true;
    await at(0).controls.reset('model');
    expect(await at(1).controls.force('model', 'forced_open', 60)).toBe(true);
    expect(at(1).guard.mode).toBe('forced_open');
    await clock.advance(SPREAD_MS);
    expect(instances.map(({ guard }) => guard.mode)).toEqual(['forced_open', 'forced_open']);
  });

  it('reaches every instance within 5 s without a channel', async () => {
    await startAll(3);
    for (const { channelFaults } of instances) channelFaults.cut = true;
    await at(0).controls.configure('model', { failThreshold: 2 });
    await at(0).controls.force('model', 'forced_closed', 60);
    await clock.advance(SPREAD_MS);
    expect(instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('forced_closed'));
    await at(1).controls.reset('model');
    await clock.advance(SPREAD_MS);
    expect(instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('auto'));
    await at(2).fail(2);
    expect(at(2).state).toBe('open');
    await at(1).controls.configure('model', { failThreshold: null });
    await clock.advance(SPREAD_MS);
    await at(0).fail(4);
    expect(at(0).state).toBe('closed');
  });

  it('closes an open circuit everywhere, once', async () => {
    const world = await startAll(2);
    for (const instance of instances) await instance.fail(5);
    await at(0).controls.reset('model');
    await clock.advance(0);
    expect(instances.map(({ state }) => state)).toEqual(['closed', 'closed']);
    await at(1).fail(5);
    await clock.advance(SPREAD_MS);
    expect(at(1).state).toBe('open');
    await at(0).controls.startTrials('model');
    await clock.advance(0);
    expect(instances.map(({ state }) => state)).toEqual(['half-open', 'half-open']);
    await restart(world, 1);
    expect(at(1).controls.hasUnsaved).toBe(false);
  });

  it('holds where it was made during an outage of the store, and replaces no newer one afterwards', async () => {
    await startAll(3);
    at(0).storeFaults.cut = true;
    expect(await at(0).controls.force('model', 'forced_open', HOUR_SECONDS)).toBe(false);
    expect(at(0).guard.mode).toBe('forced_open');
    await clock.advance(SPREAD_MS);
    expect(await at(1).controls.force('model', 'forced_closed', HOUR_SECONDS)).toBe(true);
    await clock.advance(SPREAD_MS);
    expect(instances.map(({ guard }) => guard.mode)).toEqual([
      'forced_open',
      'forced_closed',
      'forced_closed',
    ]);
    at(0).storeFaults.cut = false;
    await clock.advance(SPREAD_MS);
    expect(instances.map(({ guard }) => guard.mode)).toEqual(Array(3).fill('forced_closed'));
  });

  it('is stored when the store is back, if it is the newest', async () => {
    await startAll(2);
    await at(1).controls.force('model', 'forced_closed', HOUR_SECONDS);
    await clock.advance(SPREAD_MS);
    at(0).storeFaults.cut = true;
    await at(0).controls.force('model', 'forced_open', HOUR_SECONDS);
    await clock.advance(SPREAD_MS);
    expect(at(1).guard.mode).toBe('forced_closed');
    at(0).storeFaults.cut = false;
    await clock.advance(SPREAD_MS);
    expect(at(1).guard.mode).toBe('forced_open');
  });

  it('is refused for an unknown guard', async () => {
    await startAll(1);
    await expect(at(0).controls.reset('nobody')).rejects.toThrow('there is no guard nobody');
  });

  it.each(SEEDS)('is followed by every instance when it is the newest, in world %i', async (seed) => {
    const world = await startAll(5, seed);
    let newest = 'auto';
    for (let step = 0; step < 40; step++) {
      for (const { storeFaults, channelFaults } of instances) {
        Object.assign(storeFaults, { delayMs: 1_000, loss: 0.2, cut: world.random(4) === 0 });
        Object.assign(channelFaults, { delayMs: 3_000, loss: 0.3, cut: world.random(4) === 0 });
      }
      const number = world.random(5);
      const { controls } = at(number);
      const action = world.random(5);
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
        const restarted = restart(world, number);
        await clock.advance(SPREAD_MS);
        await restarted;
      }
      await clock.advance(SPREAD_MS + world.random(10_000));
    }
    for (const { storeFaults, channelFaults } of instances) {
      Object.assign(storeFaults, { delayMs: 0, loss: 0, cut: false });
      Object.assign(channelFaults, { delayMs: 0, loss: 0, cut: false });
    }
    await clock.advance(2 * SPREAD_MS);
    expect(instances.map(({ guard }) => guard.mode)).toEqual(Array(5).fill(newest));
  });
});

describe('a restart', () => {
  it('restores the open circuits of that instance with the time they had left', async () => {
    const world = await startAll(2);
    await at(0).fail(5);
    await clock.advance(10_000);
    await restart(world, 0);
    await restart(world, 1);
    expect(at(0).guard.openLeftMs).toBe(20_000);
    expect(at(1).state).toBe('closed');
    await clock.advance(20_000);
    await at(0).call(true);
    await at(0).call(true);
    expect(at(0).state).toBe('closed');
    await clock.advance(0);
    await restart(world, 0);
    expect(at(0).state).toBe('closed');
  });

  it('restores no circuit of a guard that is disabled by then', async () => {
    const world = await startAll(1);
    await at(0).fail(5);
    await clock.advance(0);
    await at(0).stop();
    const instance = world.create(0);
    instances[0] = instance;
    instance.guard.configure({ enabled: 'false' });
    await instance.start();
    expect(instance.state).toBe('closed');
  });

  it('restores open circuits also when the store can be read only later', async () => {
    const world = await startAll(1);
    await at(0).fail(5);
    await clock.advance(1_000);
    await at(0).stop();
    const instance = world.create(0);
    instances[0] = instance;
    instance.storeFaults.cut = true;
    await instance.start();
    expect(instance.state).toBe('closed');
    instance.storeFaults.cut = false;
    await clock.advance(4_000);
    expect(instance.state).toBe('open');
    expect(instance.guard.openLeftMs).toBeLessThanOrEqual(25_800);
  });
});

describe('an instance with a store of its own', () => {
  it('starts without waiting, and stores its decisions when the store answers again', async () => {
    const world = new World(clock, 1);
    const instance = world.create(0, false);
    instances = [instance];
    instance.channelFaults.cut = true;
    instance.storeFaults.cut = true;
    await instance.start();
    await instance.fail(5);
    expect(await instance.controls.force('model', 'forced_closed', 60)).toBe(false);
    await clock.advance(0);
    instance.storeFaults.cut = false;
    await clock.advance(10_000);
    expect(instance.controls.hasUnsaved).toBe(true);
    await instance.guards.guard('postgres').execute(async () => undefined, { classify });
    await clock.advance(0);
    expect(instance.controls.hasUnsaved).toBe(false);
    await restart(world, 0);
    expect(at(0).guard.mode).toBe('forced_closed');
    expect(at(0).guard.openLeftMs).toBe(20_000);
  });
});

describe('an instance without store and channel', () => {
  it.each(SEEDS)('behaves as a single instance does, in world %i', async (seed) => {
    const world = await startAll(2, seed);
    const lonely = world.create(0);
    Object.assign(at(0).storeFaults, { cut: true });
    Object.assign(at(0).channelFaults, { cut: true });
    for (let step = 0; step < 150; step++) {
      const succeeds = world.random(4) === 0;
      await at(0).call(succeeds);
      await lonely.call(succeeds);
      await at(1).call(false);
      await clock.advance(world.random(8_000));
    }
    expect(lonely.openings).toBeGreaterThan(0);
    expect(at(0).events).toEqual(lonely.events);
  });
});

describe('the health of a service', () => {
  it('is shown by every instance for all running instances', async () => {
    await startAll(3);
    await at(0).call(true);
    await at(1).fail(1);
    await clock.advance(SPREAD_MS);
    const { instances: live, minute, hour } = at(2).health.health('model') ?? {};
    expect(live).toBe(3);
    expect(minute).toMatchObject({
      calls: 2,
      error_rate: 0.5,
      availability: 0.5,
      p50_ms: expect.any(Number),
    });
    expect(hour).toEqual(minute);
    await clock.advance(120_000);
    expect(at(0).health.health('model')).toMatchObject({ minute: { calls: 0 }, hour: { calls: 2 } });
  });

  it('excludes instances that have left or are cut off', async () => {
    await startAll(3);
    await at(1).call(true);
    await clock.advance(SPREAD_MS);
    await at(1).stop();
    await clock.advance(SPREAD_MS);
    expect(at(0).health.health('model')).toMatchObject({ instances: 2, hour: { calls: 0 } });
    at(2).channelFaults.cut = true;
    await clock.advance(20_000);
    expect(at(0).health.health('model')).toBeNull();
  });
});
