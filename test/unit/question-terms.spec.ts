import { chooseCandidates, weighTerms } from '../../src/postgres/question-terms.ts';

describe('the terms of a question', () => {
  it('weigh more the rarer they are, and always something', () => {
    const weights = weighTerms(
      [
        { id: 1, chunks: 1 },
        { id: 2, chunks: 50 },
        { id: 3, chunks: 100 },
      ],
      100,
    );
    expect(weights.get(1)).toBeCloseTo(Math.log(1 + 99.5 / 1.5), 10);
    expect(weights.get(2)).toBeGreaterThan(weights.get(3) ?? 0);
    expect(weights.get(3)).toBeGreaterThan(0);
    expect(weighTerms([{ id: 1, chunks: 5 }], 3).get(1)).toBe(0);
  });

  it('choose the chunks with any of them while these are few', () => {
    const terms = [
      { id: 1, chunks: 900 },
      { id: 2, chunks: 3 },
      { id: 3, chunks: 600 },
    ];
    expect(chooseCandidates(terms, 10_000)).toEqual({ match: 'any', ids: [2, 3, 1] });
  });

  it('leave frequent ones to the ranking', () => {
    const terms = [
      { id: 1, chunks: 60_000 },
      { id: 2, chunks: 30 },
      { id: 3, chunks: 1_900 },
      { id: 4, chunks: 1_950 },
    ];
    expect(chooseCandidates(terms, 100_000)).toEqual({ match: 'any', ids: [2, 3] });
  });

  it('choose the chunks with all of the rarest when each is frequent', () => {
    const terms = [
      { id: 1, chunks: 50_000 },
      { id: 2, chunks: 10_000 },
      { id: 3, chunks: 20_000 },
    ];
    expect(chooseCandidates(terms, 100_000)).toEqual({ match: 'all', ids: [2, 3] });
  });
});
