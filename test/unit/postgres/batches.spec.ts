import { batchesBySize } from '../../../src/postgres/full-text/batches.ts';

describe('batchesBySize', () => {
  const slice = (sizes: number[]) => [...batchesBySize(sizes, 10, (size) => size)];

  it('fills batches up to the size, in order', () => {
    expect(slice([4, 6, 1, 9, 2])).toEqual([[4, 6], [1, 9], [2]]);
  });

  it('gives an item above the size a batch of its own', () => {
    expect(slice([1, 30, 1])).toEqual([[1], [30], [1]]);
  });

  it('takes no more items than a batch needs', () => {
    let taken = 0;
    const items = function* () {
      for (;;) yield ++taken;
    };
    const [first] = batchesBySize(items(), 10, () => 5);
    expect(first).toEqual([1, 2]);
    expect(taken).toBe(3);
  });

  it('returns no batch for no item', () => {
    expect(slice([])).toEqual([]);
  });
});
