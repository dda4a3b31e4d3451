import { type Fleet, SPREAD_MS, startFleet } from '../../../support/guards/fleet.ts';

let fleet: Fleet;

afterEach(() => fleet.stop());

describe('the health of a service in a fleet', () => {
  it('is shown by every instance for all running instances', async () => {
    fleet = await startFleet(3);
    await fleet.at(0).call(true);
    await fleet.at(1).fail(1);
    await fleet.clock.advance(SPREAD_MS);
    const { instances: live, minute, hour } = fleet.at(2).health.health('model') ?? {};
    expect(live).toBe(3);
    expect(minute).toMatchObject({
      calls: 2,
      error_rate: 0.5,
      availability: 0.5,
      p50_ms: expect.any(Number),
    });
    expect(hour).toEqual(minute);
    await fleet.clock.advance(120_000);
    expect(fleet.at(0).health.health('model')).toMatchObject({ minute: { calls: 0 }, hour: { calls: 2 } });
  });

  it('excludes instances that have left or are cut off', async () => {
    fleet = await startFleet(3);
    await fleet.at(1).call(true);
    await fleet.clock.advance(SPREAD_MS);
    await fleet.at(1).stop();
    await fleet.clock.advance(SPREAD_MS);
    expect(fleet.at(0).health.health('model')).toMatchObject({ instances: 2, hour: { calls: 0 } });
    fleet.at(2).channelFaults.cut = true;
    await fleet.clock.advance(20_000);
    expect(fleet.at(0).health.health('model')).toBeNull();
  });
});
