import fc from 'fast-check';
import { isSameWord, stemOf } from '../../src/query/word-forms.ts';

const endings = ['', 's', 'es', 'ies', 'y', 'e', 'ed', 'ing', 'ness', 'ss', 'eed', 'ying'];
const word = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...'aeiounrstlp'), minLength: 1, maxLength: 5 }),
    fc.constantFrom(...endings),
    fc.constantFrom(...endings),
  )
  .map((parts) => parts.join(''));

describe('the stem of a word', () => {
  it('is one for all forms of it', () => {
    let same = 0;
    fc.assert(
      fc.property(word, fc.constantFrom(...endings), fc.constantFrom(...endings), (base, one, other) => {
        const [a, b] = [base + one, base + other];
        if (!isSameWord(a, b)) return;
        if (a !== b) same++;
        expect([a, b, stemOf(a)]).toEqual([a, b, stemOf(b)]);
      }),
      { seed: 1, numRuns: 20_000 },
    );
    expect(same).toBeGreaterThan(1_000);
  });

  it.each([
    ['running', 'run'],
    ['cities', 'city'],
    ['planned', 'plan'],
    ['seeded', 'seed'],
    ['houses', 'house'],
  ])('of %s is that of %s', (form, base) => {
    expect(stemOf(form)).toBe(stemOf(base));
  });

  it('keeps words with digits apart', () => {
    expect(stemOf('p53s')).toBe('p53s');
    expect(stemOf('1990s')).not.toBe(stemOf('1990'));
  });
});
