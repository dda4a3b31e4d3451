import { removeNearDuplicates } from '../../../src/query/retrieval/near-duplicates.ts';

const rule = 'Whoever empties the kettle fills it again, and green tea is brewed at eighty degrees Celsius.';

function left(...texts: string[]): string[] {
  return [...removeNearDuplicates(texts.map((text) => ({ text })))].map(({ text }) => text);
}

describe('repeated passages', () => {
  it('are left out when a better one says nearly the same', () => {
    expect(left(rule, `${rule.toUpperCase()} `, rule.replace('Celsius', 'centigrade'))).toEqual([rule]);
  });

  it('are left out when they are part of a better one, not when they hold it', () => {
    const longer = `${rule} The northern gate is closed at night, and bicycles belong into the shed beside the bakery.`;
    expect(left(longer, rule)).toEqual([longer]);
    expect(left(rule, longer)).toEqual([rule, longer]);
  });

  it('stay when they say something else, or next to nothing', () => {
    const other = 'Visitors park behind the northern gate; the kettle is theirs, too.';
    expect(left(rule, other, 'Tea', '', '…')).toEqual([rule, other, 'Tea', '']);
  });

  it('are looked for no further than passages are taken', () => {
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
