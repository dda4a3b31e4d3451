import { fuseRankings } from '../../src/query/fusion.ts';
import { passage } from '../support/passages.ts';

describe('reciprocal rank fusion', () => {
  it('puts first what is high in both lists; 1 means first in each', () => {
    const fused = fuseRankings([
      [passage('a'), passage('b'), passage('c')],
      [passage('a'), passage('d'), passage('b')],
    ]);
    expect(fused.map(({ chunk_id }) => chunk_id)).toEqual(['a', 'b', 'd', 'c']);
    expect(fused[0]?.score).toBe(1);
    expect(fused[3]?.score).toBeCloseTo(61 / 63 / 2, 10);
  });

  it('leaves its input as it was', () => {
    const ranking = Object.freeze([Object.freeze(passage('a'))]);
    fuseRankings([[...ranking]]);
    expect(ranking[0]?.score).toBe(0.5);
  });

  it('gives nothing for nothing', () => {
    expect(fuseRankings([[], []])).toEqual([]);
  });
});
