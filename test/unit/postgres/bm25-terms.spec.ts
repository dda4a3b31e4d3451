import {
  chooseCandidates,
  matchHeading,
  type QuestionTerm,
  weighTerms,
} from '../../../src/postgres/full-text/bm25-terms.ts';

function term(id: number, chunks: number, more: Partial<QuestionTerm> = {}): QuestionTerm {
  return { id, chunks, exact: true, family: chunks, likely: false, ...more };
}

describe('the terms of a question', () => {
  it('weigh more the rarer they are, and never less than nothing', () => {
    const weights = weighTerms([term(1, 1), term(2, 50), term(3, 100)], 100);
    expect(weights.get(1)).toBeCloseTo(Math.log(1 + 99.5 / 1.5), 10);
    expect(weights.get(2)).toBeGreaterThan(weights.get(3) ?? 0);
    expect(weights.get(3)).toBeGreaterThan(0);
    expect(weighTerms([term(1, 5)], 3).get(1)).toBe(0);
  });

  it('select chunks with any of them while these chunks are few', () => {
    const terms = [term(1, 900), term(2, 3), term(3, 600)];
    expect(chooseCandidates(terms, 10_000)).toEqual({ match: 'any', ids: [2, 3, 1] });
  });

  it('select chunks by the rare terms when others are frequent', () => {
    const terms = [term(1, 60_000), term(2, 30), term(3, 1_900), term(4, 1_950)];
    expect(chooseCandidates(terms, 100_000)).toEqual({ match: 'any', ids: [2, 3] });
  });

  it('select chunks with all of the rarest terms when each is frequent', () => {
    const terms = [term(1, 50_000), term(2, 10_000), term(3, 20_000)];
    expect(chooseCandidates(terms, 100_000)).toEqual({ match: 'all', ids: [2, 3] });
  });

  it('weigh less in another spelling, and hardly anything when the question has accents', () => {
    const other = { exact: false, family: 30 };
    const weights = weighTerms(
      [term(1, 10), term(2, 20, { ...other, likely: true }), term(3, 20, other), term(4, 30)],
      100,
    );
    const [own = 0, likely = 0, unlikely = 0, together = 0] = [1, 2, 3, 4].map((id) => weights.get(id));
    expect(own).toBeGreaterThan(likely);
    expect(likely).toBeCloseTo(together * 0.8, 10);
    expect(unlikely).toBeGreaterThan(0);
    expect(unlikely).toBeLessThan(likely / 10);
  });

  it('select chunks with one spelling of each term', () => {
    const other = { exact: false, family: 60_000, likely: true };
    const terms = [term(1, 40_000), term(2, 20_000, other), term(3, 10_000)];
    expect(chooseCandidates(terms, 100_000)).toEqual({ match: 'all', ids: [3, 1] });
    expect(chooseCandidates([term(1, 30_000, other), term(2, 20_000, other)], 100_000).ids).toEqual([2]);
  });

  it('match a heading by the words of both, rare ones most', () => {
    const weights = weighTerms([term(1, 2), term(2, 60)], 100);
    expect(
      matchHeading(
        weights,
        [
          [2, 60],
          [1, 2],
        ],
        100,
      ),
    ).toBe(1);
    const rare = matchHeading(weights, [[1, 2]], 100);
    const frequent = matchHeading(weights, [[2, 60]], 100);
    expect(rare).toBeGreaterThan(0.9);
    expect(frequent).toBeLessThan(0.3);
    expect(
      matchHeading(
        weights,
        [
          [1, 2],
          [7, 2],
        ],
        100,
      ),
    ).toBeLessThan(rare);
    expect(matchHeading(weights, [[7, 2]], 100)).toBe(0);
    expect(matchHeading(new Map(), [], 100)).toBe(0);
  });
});
