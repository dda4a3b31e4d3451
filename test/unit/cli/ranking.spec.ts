import { ndcg, rankDocuments, RankingTally } from '../../../src/cli/ranking.ts';

describe('the measures of a ranking', () => {
  it('rank a document by its best passage', () => {
    const passages = ['b', 'a', 'b', 'c', 'a'].map((document_id) => ({ document_id }));
    expect(rankDocuments(passages)).toEqual(['b', 'a', 'c']);
  });

  it('give 1 for the best order, less for lower ranks and 0 beyond the depth', () => {
    expect(ndcg(['a', 'b'], { a: 2, b: 1 }, 10)).toBe(1);
    // Gains 1 and 2 at the ranks 1 and 2, against 2 and 1.
    const log2of3 = Math.log2(3);
    expect(ndcg(['b', 'a'], { a: 2, b: 1 }, 10)).toBeCloseTo((1 + 2 / log2of3) / (2 + 1 / log2of3), 10);
    expect(ndcg(['x', 'y', 'a'], { a: 1 }, 10)).toBeCloseTo(0.5, 10);
    expect(ndcg(['x', 'y', 'a'], { a: 1 }, 2)).toBe(0);
    expect(ndcg(['x'], {}, 10)).toBe(0);
  });

  it('average over the questions', () => {
    const tally = new RankingTally();
    tally.add(['a', 'x'], { a: 1, b: 1, c: 0 }, 1);
    tally.add(['x', 'y', 'z', 'a'], { a: 1 }, 3);
    expect(tally.scores()).toMatchObject({
      questions: 2,
      recallAt10: 0.75,
      hitAt1: 0.5,
      hitAt3: 0.5,
      hitAt10: 1,
      mrrAt10: 0.625,
      p50Ms: 1,
      p99Ms: 3,
    });
  });
});
