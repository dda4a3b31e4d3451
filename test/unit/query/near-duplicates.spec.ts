import { removeNearDuplicates } from '../../../src/query/retrieval/near-duplicates.ts';

const rule = 'Whoever empties the kettle fills it again, and green tea is brewed at eighty degrees Celsius.';

function left(...texts: string[]): string[] {
  return [...removeNearDuplicates(texts.map((text) => ({ text })))].map(({ text }) => text);
}

describe('near-duplicate passages', () => {
  it('are dropped when a better passage is nearly the same', () => {
    expect(left(rule, `${rule.toUpperCase()} `, rule.replace('Celsius', 'centigrade'))).toEqual([rule]);
  });

  it('are dropped when a better passage contains them, not when they contain it', () => {
    const longer = `${rule} The northern gate is closed at night, and bicycles belong into the shed beside the bakery.`;
    expect(left(longer, rule)).toEqual([longer]);
    expect(left(rule, longer)).toEqual([rule, longer]);
  });

  it('are kept when they differ or are very short', () => {
    const other = 'Visitors park behind the northern gate; the kettle is theirs, too.';
    expect(left(rule, other, 'Tea', '', '…')).toEqual([rule, other, 'Tea', '']);
  });

  it('are compared only until enough passages are found', () => {
    const read: string[] = [];
    const passages = [rule, 'Tea', 'Milk'].map((text) => ({
      get text() {
        read.push(text);
        return text;
      },
    }));
    for (const _ of removeNearDuplicates(passages)) if (read.length === 2) break;
    expect(read).toEqual([rule, 'Tea']);
  });
});
