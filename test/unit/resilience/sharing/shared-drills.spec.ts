import { type Fleet, SPREAD_MS, startFleet } from '../../../support/guards/fleet.ts';

const drill = {
  id: '6d7a0c26-6b9d-4a9b-93f9-5a4f0f1c0f34',
  fault: 'refuse',
  share: 1,
  ttlMs: 60_000,
  reason: null,
  actor: 'alice',
} as const;

let fleet: Fleet;

const drills = () => fleet.instances.map(({ guard }) => guard.injection.current?.id);
const everywhere = [drill.id, drill.id, drill.id];
const nowhere = [undefined, undefined, undefined];

beforeEach(async () => {
  fleet = await startFleet(3);
  await fleet.clock.advance(1_000);
});

afterEach(() => fleet.stop());

describe('a drill', () => {
  it('reaches every instance at once, and ends everywhere by its own time, also when nothing is shared any more', async () => {
    expect(await fleet.at(0).controls.beginDrill('model', drill)).toBe(true);
    await fleet.clock.advance(0);
    expect(drills()).toEqual(everywhere);
    await fleet.clock.advance(20_000);
    for (const { storeFaults, channelFaults } of fleet.instances) storeFaults.cut = channelFaults.cut = true;
    await fleet.clock.advance(39_999);
    expect(drills()).toEqual(everywhere);
    await fleet.clock.advance(1);
    expect(drills()).toEqual(nowhere);
  });

  it('is ended everywhere from another instance, within 5 s without a channel', async () => {
    for (const { channelFaults } of fleet.instances) channelFaults.cut = true;
    await fleet.at(0).controls.beginDrill('model', drill);
    await fleet.clock.advance(SPREAD_MS);
    expect(drills()).toEqual(everywhere);
    expect(await fleet.at(1).controls.endDrill('model')).toBe(true);
    await fleet.clock.advance(SPREAD_MS);
    expect(drills()).toEqual(nowhere);
  });

  it('ends with the process, and so does what it has opened', async () => {
    await fleet.at(0).controls.beginDrill('model', drill);
    await fleet.at(0).fail(5);
    expect(fleet.at(0).state).toBe('open');
    await fleet.clock.advance(SPREAD_MS);
    await fleet.restart(0);
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.at(0).state).toBe('closed');
    expect(drills()).toEqual([undefined, drill.id, drill.id]);
    await fleet.at(2).controls.endDrill('model');
    await fleet.clock.advance(0);
    expect(drills()).toEqual(nowhere);
  });

  it('that was ended long ago, or that this version does not know, is not begun', async () => {
    const { controls, guard } = fleet.at(0);
    await controls.beginDrill('model', { ...drill, ttlMs: 1_000 });
    await fleet.clock.advance(1_000);
    await controls.sync();
    expect(guard.injection.isActive).toBe(false);
    await controls.beginDrill('model', { ...drill, fault: 'flood' as 'refuse' });
    expect(guard.injection.isActive).toBe(false);
  });
});
