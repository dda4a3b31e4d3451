import { AnswerCounts } from '../../../src/resilience/health/answer-counts.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const SLOT_MS = 10_000;

describe('counts of answers', () => {
  it('are kept by source for each ten seconds, oldest first', async () => {
    const clock = new FakeClock();
    const counts = new AnswerCounts(clock);
    const first = Math.floor(clock.wall() / SLOT_MS) * SLOT_MS;
    counts.add('generation');
    counts.add('excerpts');
    counts.add('generation');
    await clock.advance(SLOT_MS);
    counts.add('none');
    const all = [
      { at: first, sources: { generation: 2, excerpts: 1 } },
      { at: first + SLOT_MS, sources: { none: 1 } },
    ];
    expect(counts.between(0, Infinity)).toEqual(all);
    // A slot belongs to each span that it has some time of.
    expect(counts.between(first + SLOT_MS - 1, first + SLOT_MS - 1)).toEqual(all.slice(0, 1));
    expect(counts.between(first + SLOT_MS, Infinity)).toEqual(all.slice(1));
    expect(counts.between(0, first - 1)).toEqual([]);
  });

  it('are forgotten after an hour, also when the clock on the wall was set back', async () => {
    const clock = new FakeClock();
    let setBackMs = 0;
    const wall = () => FakeClock.prototype.wall.call(clock) - setBackMs;
    const counts = new AnswerCounts({ now: () => clock.now(), wall, setTimer: () => () => undefined });
    for (let slot = 0; slot < 400; slot++) {
      counts.add('cache');
      await clock.advance(SLOT_MS);
    }
    expect(counts.between(0, Infinity)).toHaveLength(360);
    setBackMs = 300_000;
    counts.add('cache');
    const slots = counts.between(0, Infinity);
    expect(slots).toHaveLength(360);
    expect(slots.at(-30)?.sources).toEqual({ cache: 2 });
  });
});
