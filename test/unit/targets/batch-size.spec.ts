import { BatchSize } from '../../../src/targets/batch-size.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const TARGET_MS = 1_000;
const MINUTE_MS = 60_000;

function setUp() {
  const clock = new FakeClock();
  const batch = new BatchSize(TARGET_MS, clock);
  /** Embeds full batches of a host that takes so long for each text, and returns their sizes. */
  const embed = (times: number, msPerText: number) =>
    Array.from({ length: times }, () => {
      const size = batch.current;
      batch.recordSuccess(size, size * msPerText);
      return size;
    });
  return { clock, batch, embed };
}

describe('the texts of one call', () => {
  it('double up to 32 while the host is fast', () => {
    const { embed } = setUp();
    expect(embed(7, 1)).toEqual([1, 2, 4, 8, 16, 32, 32]);
  });

  it('are as many as a slow host embeds in time', () => {
    const { embed, batch } = setUp();
    expect(embed(5, 150)).toEqual([1, 2, 4, 6, 6]);
    expect(embed(3, 5_000)).toEqual([6, 1, 1]);
    expect(embed(4, 150)).toEqual([1, 2, 4, 6]);
    batch.recordTimeout(6);
    expect(batch.current).toBe(3);
    batch.recordTimeout(1);
    expect(batch.current).toBe(1);
  });

  it('stay as many after a call of a few', () => {
    const { embed, batch } = setUp();
    embed(6, 1);
    batch.recordSuccess(1, 400);
    expect(batch.current).toBe(32);
  });

  it('are no more than the host has told, for an hour', async () => {
    const { embed, batch, clock } = setUp();
    embed(6, 1);
    batch.recordLimit(8);
    expect(embed(3, 1)).toEqual([8, 8, 8]);
    await clock.advance(60 * MINUTE_MS);
    expect(embed(2, 1)).toEqual([8, 16]);
  });

  it('are no more than half of what was refused, for longer each time', async () => {
    const { embed, batch, clock } = setUp();
    embed(6, 1);
    batch.recordRefusal(32);
    expect(embed(2, 1)).toEqual([16, 16]);
    await clock.advance(MINUTE_MS);
    expect(embed(2, 1)).toEqual([16, 32]);
    batch.recordRefusal(32);
    await clock.advance(MINUTE_MS);
    expect(embed(2, 1)).toEqual([16, 16]);
    await clock.advance(MINUTE_MS);
    expect(embed(2, 1)).toEqual([16, 32]);
  });

  it('are as many as before once a single text was refused', () => {
    const { embed, batch } = setUp();
    embed(6, 1);
    batch.recordRefusal(32);
    batch.recordRefusal(16);
    expect(batch.current).toBe(8);
    batch.forgetLimit();
    expect(batch.current).toBe(32);
  });
});
