import { PassageSearch } from '../../../src/query/passage-search.ts';
import type { Timings } from '../../../src/query/timings.ts';
import { sleep } from '../../../src/resilience/clock.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { passage } from '../../support/postgres/passages.ts';

/** A search whose steps take so many milliseconds. */
function setUp(takes: { embed: number; words: number; meaning: number }) {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const after = async <T>(ms: number, value: T) => {
    await sleep(clock, ms, signal);
    return value;
  };
  const targets = { model: 'm', minSimilarity: 0.2 };
  const search = new PassageSearch(
    { embed: () => after(takes.embed, [1, 0]) } as never,
    { current: () => Promise.resolve({ model: { id: 1, dimension: 2 }, targets }) } as never,
    {
      searchText: () => after(takes.words, [passage('a', { score: 10 })]),
      searchVector: () => after(takes.meaning, [passage('b', { score: 0.9 })]),
    } as never,
    clock,
  );
  return { clock, search, signal };
}

describe('PassageSearch', () => {
  it('counts the time of searches that run side by side once', async () => {
    const { clock, search, signal } = setUp({ embed: 5, words: 20, meaning: 30 });
    const timings: Timings = {};
    const scope = { tenantId: 'default', filter: {}, limit: 5 };
    const searching = search.search('Why?', scope, 'hybrid', timings, signal);
    await clock.advance(35);
    expect(await searching).toMatchObject({ mode: 'hybrid', degraded: false });
    expect(timings).toEqual({ embed: 5, search: 30 });
  });
});
