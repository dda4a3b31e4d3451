import { CitationFilter } from '../../../src/query/generation/citation-filter.ts';

/** What is shown of a text that arrives in these parts. */
function show(parts: Iterable<string>): string {
  const filter = new CitationFilter(2);
  return [...parts].map((part) => filter.push(part)).join('') + filter.finish();
}

const TEXTS = [
  ['It opens [1] and closes [2].', 'It opens [1] and closes [2].'],
  ['It opens [3].', 'It opens.'],
  ['It opens [0][1][7].', 'It opens[1].'],
  ['It opens [1, 9, 2].', 'It opens [1, 2].'],
  ['It opens [9, 8].', 'It opens.'],
  ['Use `items[9]` there [9].', 'Use `items[9]` there.'],
  ['```\na[5] = b[6];\n```\nSo [5].', '```\na[5] = b[6];\n```\nSo.'],
  ['See [9](https://example.com).', 'See [9](https://example.com).'],
  ['[7]', '[7]'],
  ['In [2024a] it opens [12345].', 'In [2024a] it opens.'],
  ['It opens [1, 20231231, 99999999999999999999].', 'It opens [1].'],
  [`It opens [${'9'.repeat(150)}].`, 'It opens.'],
  ['  It opens [1].\n\n', 'It opens [1].'],
  ['A `lone mark and [9] more\nso [1].', 'A `lone mark and more\nso [1].'],
  ['It opens [1', 'It opens [1'],
  ['First.\n  [9]\nSecond.', 'First.\n\nSecond.'],
  ['```\nopen [9]', '```\nopen [9]'],
] as const;

describe('citations', () => {
  it.each(TEXTS)('are kept when they name a passage, and removed otherwise: %s', (text, expected) => {
    expect(show([text])).toBe(expected);
  });

  it('are removed in the same way from a text that arrives one character at a time', () => {
    for (const [text, expected] of TEXTS) expect(show(text)).toBe(expected);
  });

  it('hold back only what is not decided yet', () => {
    const filter = new CitationFilter(2);
    const shown = ['It ope', 'ns ', '[1', '] and', ' closes', ' [', '9].'].map((part) => filter.push(part));
    expect(shown).toEqual(['It ope', 'ns', '', ' [1] and', ' closes', '', '.']);
    expect(filter.finish()).toBe('');
  });

  it('do not hold back white space or code without an end', () => {
    for (const mark of [' ', '`']) {
      const filter = new CitationFilter(2);
      filter.push(`text ${mark}`);
      expect(filter.push((mark === ' ' ? ' ' : 'a').repeat(1_000)).length).toBeGreaterThan(500);
    }
  });
});
