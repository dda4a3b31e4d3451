import { fuse, preferMatchingHeadings } from '../../../src/query/retrieval/fusion.ts';
import { passage } from '../../support/postgres/passages.ts';

function scored(id: string, score: number) {
  return { ...passage(id), score };
}

function ids(passages: { chunk_id: string }[]): string[] {
  return passages.map(({ chunk_id: id }) => id);
}

describe('the fusion of full-text and vector results', () => {
  it('ranks passages first that are good in both, with scores from 0 to 1', () => {
    const fused = fuse({
      words: [scored('a', 20), scored('b', 15), scored('c', 2)],
      meaning: [scored('a', 0.9), scored('d', 0.8), scored('b', 0.7)],
      similarities: new Map([
        ['a', 0.9],
        ['b', 0.7],
        ['c', 0.2],
        ['d', 0.8],
      ]),
      minSimilarity: 0.2,
    });
    expect(ids(fused)).toEqual(['a', 'b', 'd', 'c']);
    expect(fused[0]?.score).toBeCloseTo(0.6 + 0.4 * (0.7 / 0.8), 10);
    expect(fused[3]?.score).toBeCloseTo(0.6 * 0.1, 10);
  });

  it('gives little weight to vectors that are all alike', () => {
    const words = [scored('a', 10), scored('b', 9)];
    const meaning = (near: number) => ({
      meaning: [scored('b', near), scored('a', 0.5)],
      similarities: new Map([
        ['a', 0.5],
        ['b', near],
      ]),
      minSimilarity: 0,
    });
    expect(ids(fuse({ words, ...meaning(0.55) }))).toEqual(['a', 'b']);
    expect(ids(fuse({ words, ...meaning(0.9) }))).toEqual(['b', 'a']);
  });

  it('does not demote passages without a vector', () => {
    const words = [scored('pending', 10), scored('a', 9), scored('b', 8)];
    const fused = fuse({
      words,
      meaning: [scored('a', 0.9), scored('b', 0.8)],
      similarities: new Map([
        ['a', 0.9],
        ['b', 0.8],
      ]),
      minSimilarity: 0.3,
    });
    expect(ids(fused)).toEqual(['pending', 'a', 'b']);
  });

  it('uses one list alone when the other is empty', () => {
    const meaning = [scored('a', 0.9), scored('b', 0.8)];
    const similarities = new Map([
      ['a', 0.9],
      ['b', 0.8],
    ]);
    expect(fuse({ words: [], meaning, similarities, minSimilarity: 0 })).toEqual(meaning);
    const words = fuse({
      words: [scored('c', 3), scored('d', 1)],
      meaning: [],
      similarities: new Map(),
      minSimilarity: 0,
    });
    expect(ids(words)).toEqual(['c', 'd']);
  });

  it('ranks by similarity alone when no word distinguishes the passages', () => {
    const fused = fuse({
      words: [scored('c', 0), scored('a', 0)],
      meaning: [scored('a', 0.9), scored('b', 0.8)],
      similarities: new Map([
        ['a', 0.9],
        ['b', 0.8],
      ]),
      minSimilarity: 0,
    });
    expect(fused.map(({ chunk_id: id, score }) => [id, score])).toEqual([
      ['a', 0.9],
      ['b', 0.8],
      ['c', 0],
    ]);
  });

  it('does not change its input', () => {
    const ranking = Object.freeze([Object.freeze(passage('a'))]);
    fuse({ words: ranking, meaning: [], similarities: new Map(), minSimilarity: 0 });
    expect(ranking[0]?.score).toBe(0.5);
  });

  it('returns no result for no input', () => {
    expect(fuse({ words: [], meaning: [], similarities: new Map(), minSimilarity: 0 })).toEqual([]);
  });
});

describe('the preference for matching headings', () => {
  it('ranks a passage first that is named as the question asks, and hardly one with a word in common', () => {
    const passages = [
      { ...scored('best', 0.9) },
      { ...scored('common', 0.85), headingMatch: 0.3 },
      { ...scored('named', 0.7), headingMatch: 1 },
    ];
    const ranked = preferMatchingHeadings(passages);
    expect(ids(ranked)).toEqual(['named', 'best', 'common']);
    expect(ranked.map(({ score }) => Number(score.toFixed(3)))).toEqual([0.7, 0.6, 0.592]);
  });

  it('keeps the order where no heading matches', () => {
    expect(ids(preferMatchingHeadings([scored('b', 0.5), scored('a', 0.5), scored('c', 0.4)]))).toEqual([
      'b',
      'a',
      'c',
    ]);
  });
});
