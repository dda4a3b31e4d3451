import { Caches } from '../../../src/cache/caches.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { PassageSearch } from '../../../src/query/retrieval/passage-search.ts';
import { QuestionEmbedding } from '../../../src/query/retrieval/question-embedding.ts';
import type { Timings } from '../../../src/query/answer/timings.ts';
import { sleep } from '../../../src/resilience/time/clock.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
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
  const targets = { model: 'm', minSimilarity: 0.2, embed: () => after(takes.embed, [[1, 0]]) };
  const serving = { current: () => Promise.resolve({ model: { id: 1, dimension: 2 }, targets }) };
  const config = loadConfig({});
  const caches = new Caches(config, undefined, clock, new Metrics());
  const search = new PassageSearch(
    new QuestionEmbedding(caches, config, serving as never, clock),
    {
      searchText: () => after(takes.words, [passage('a', { score: 10 })]),
      searchVector: () => after(takes.meaning, [passage('b', { score: 0.9 })]),
    } as never,
    clock,
  );
  return { clock, search, signal };
}

describe('PassageSearch', () => {
  it('counts the time of parallel searches once', async () => {
    const { clock, search, signal } = setUp({ embed: 5, words: 20, meaning: 30 });
    const timings: Timings = {};
    const scope = { tenantId: 'default', filter: {}, limit: 5 };
    const searching = search.search('Why?', scope, 'hybrid', timings, signal);
    await clock.advance(35);
    expect(await searching).toMatchObject({ mode: 'hybrid', degraded: false });
    expect(timings).toEqual({ embed: 5, search: 30 });
  });
});
