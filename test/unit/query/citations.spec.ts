import { removeUnknownCitations } from '../../../src/query/generation/citations.ts';

describe('citations', () => {
  it.each([
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
    [`It opens [${'9'.repeat(400)}].`, 'It opens.'],
  ])('are kept when they name a passage, and removed otherwise: %s', (text, expected) => {
    expect(removeUnknownCitations(text, 2)).toBe(expected);
  });
});
