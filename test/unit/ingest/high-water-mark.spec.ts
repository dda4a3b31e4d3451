import { HighWaterMark } from '../../../src/ingest/embedding/high-water-mark.ts';
import type { ChunkHorizon } from '../../../src/postgres/search/embeddings.repository.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { createRandom } from '../../support/random.ts';

const horizon = (lastChunk: string, oldestTransaction: number, nextTransaction: number): ChunkHorizon => ({
  lastChunk,
  oldestTransaction,
  nextTransaction,
});

describe('the high-water mark of the chunks', () => {
  it('is the last chunk when no transaction is running', () => {
    const mark = new HighWaterMark(new FakeClock());
    expect(mark.begin()).toBe('0');
    mark.complete(horizon('10', 5, 5));
    expect(mark.begin()).toBe('10');
  });

  it('waits for the transactions that ran when the last chunk was stored', () => {
    const mark = new HighWaterMark(new FakeClock());
    mark.begin();
    mark.complete(horizon('10', 4, 6));
    expect(mark.begin()).toBe('0');
    mark.complete(horizon('20', 5, 8));
    expect(mark.begin()).toBe('0');
    mark.complete(horizon('30', 6, 9));
    expect(mark.begin()).toBe('10');
    mark.complete(horizon('40', 8, 12));
    expect(mark.begin()).toBe('10');
    mark.complete(horizon('50', 9, 13));
    expect(mark.begin()).toBe('30');
    mark.complete(horizon('60', 13, 13));
    expect(mark.begin()).toBe('60');
  });

  it('is reset to the first chunk once an hour', async () => {
    const clock = new FakeClock();
    const mark = new HighWaterMark(clock);
    mark.begin();
    mark.complete(horizon('10', 5, 5));
    await clock.advance(3_599_999);
    expect(mark.begin()).toBe('10');
    await clock.advance(1);
    expect(mark.begin()).toBe('0');
    expect(mark.begin()).toBe('0');
    mark.complete(horizon('10', 5, 5));
    expect(mark.begin()).toBe('10');
  });
});

/** A table to which transactions add chunks: each has a number from its first write on, and then takes ids, beside others. */
function createTable(random: (limit: number) => number) {
  const running = new Map<number, number[]>();
  const committed = new Set<number>();
  let nextTransaction = 1;
  let lastId = 0;
  return {
    committed,
    step(): void {
      const numbers = [...running.keys()];
      const one = numbers[random(numbers.length || 1)] ?? 0;
      const action = random(6);
      if (action === 0 && running.size < 5) running.set(nextTransaction++, []);
      else if (action === 1 && running.has(one)) {
        for (const id of running.get(one) ?? []) committed.add(id);
        running.delete(one);
      } else if (action === 2 && random(4) === 0) running.delete(one);
      else running.get(one)?.push(++lastId);
    },
    commitAll(): void {
      for (const ids of running.values()) for (const id of ids) committed.add(id);
      running.clear();
    },
    horizon: (): ChunkHorizon =>
      horizon(
        String(Math.max(0, ...committed)),
        Math.min(nextTransaction, ...running.keys()),
        nextTransaction,
      ),
  };
}

it('the high-water mark omits no chunk, in whatever order transactions commit, and advances while they run', () => {
  let behind = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const random = createRandom(seed);
    const table = createTable(random);
    const mark = new HighWaterMark(new FakeClock());
    const seen = new Set<number>();
    const pass = () => {
      const before = table.horizon();
      const start = Number(mark.begin());
      // Others go on while the pass reads, page by page.
      for (let last = start; ;) {
        const page = [...table.committed]
          .filter((id) => id > last)
          .sort((a, b) => a - b)
          .slice(0, 5);
        if (page.length === 0) break;
        for (const id of page) seen.add(id);
        last = page.at(-1) ?? last;
        for (let step = random(4); step > 0; step--) table.step();
      }
      if (random(5) > 0) mark.complete(before);
    };
    for (let round = 0; round < 40; round++) {
      for (let step = random(30); step > 0; step--) table.step();
      pass();
      const passed = Number(mark.begin());
      if (passed > 0) behind++;
    }
    table.commitAll();
    pass();
    expect([...table.committed].filter((id) => !seen.has(id))).toEqual([]);
  }
  // It does move while transactions run.
  expect(behind).toBeGreaterThan(300 * 20);
});
