import fc from 'fast-check';
import type { SourceDocument } from '../../../../src/ingest/chunking/chunking.ts';
import { countTokens } from '../../../../src/text/tokens.ts';
import { chunkText } from '../../../support/ingest/chunk-text.ts';

describe('the chunks of any document', () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      '# H',
      '## Sub',
      '\n',
      '\n\n',
      '- ',
      '1. ',
      '> ',
      '```',
      '```js\n',
      '~~~',
      '| a | b |\n|---|---|\n',
    ),
    fc.constantFrom(
      '|',
      '    ',
      '---',
      '\t',
      '<div>',
      '</div>',
      '<br>',
      '`',
      '**',
      '[x](y)',
      '![b](c.svg)',
      '<!--',
      '-->',
    ),
    fc.constantFrom(
      '\\<',
      '漢字。',
      '😀',
      '\u200b',
      '. ',
      '[a]: b\n',
      '===\n',
      '\r\n',
      '<table><tr><td>x</td></tr></table>',
    ),
    fc.constantFrom('a'.repeat(200), '|-'.repeat(100), ' '.repeat(100), 'x,'.repeat(90), '😀'.repeat(80)),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.lorem({ maxCount: 30 }),
  );
  const text = fc.array(fragment, { maxLength: 40 }).map((fragments) => fragments.join(''));
  const format = fc.constantFrom<SourceDocument['format']>('markdown', 'text', 'html');

  it('are numbered, not blank and within the limit, and split no character', () => {
    const limits = fc.record({
      maxTokens: fc.integer({ min: 16, max: 120 }),
      overlapTokens: fc.nat({ max: 12 }),
    });
    fc.assert(
      fc.property(text, format, limits, (source, kind, options) => {
        const parts = chunkText(source, options, kind);
        expect(parts.map(({ ordinal }) => ordinal)).toEqual([...parts.keys()]);
        const faulty = parts.filter(
          ({ text: piece, tokens }) =>
            piece.trim() === '' ||
            !piece.isWellFormed() ||
            tokens !== countTokens(piece) ||
            tokens > options.maxTokens,
        );
        expect(faulty).toEqual([]);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  it('contain every word of the text', () => {
    const word = fc.nat({ max: 1e6 }).map((number) => `w${number.toString(36)} `);
    const blockMark = fc.constantFrom(
      '# ',
      '## ',
      '\n',
      '\n\n',
      '\n- ',
      '\n1. ',
      '\n> ',
      '\n```\n',
      '\n~~~\n',
      '\n| ',
      ' | ',
      '\n|---|---|\n',
    );
    const lineMark = fc.constantFrom(
      '    ',
      '\n---\n',
      '`',
      '**',
      '. ',
      '\n===\n',
      '\r\n',
      '[',
      '](',
      '\\',
      '*',
      ']: ',
    );
    const source = fc
      .array(fc.oneof(word, blockMark, lineMark), { maxLength: 80 })
      .map((parts) => `w ${parts.join('')}`);
    fc.assert(
      fc.property(source, fc.integer({ min: 16, max: 100 }), (markdown, maxTokens) => {
        const all = chunkText(markdown, { maxTokens, overlapTokens: 4 })
          .map((part) => `${part.heading}\n${part.text}`)
          .join('\n');
        const expected = [...markdown.matchAll(/w[0-9a-z]+/g)].map(([found]) => found);
        expect(expected.filter((found) => !all.includes(found))).toEqual([]);
      }),
      { seed: 6, numRuns: 400 },
    );
  });

  // Anything that takes the square of the length, or the stack for each level, does not come back from these.
  it.each([
    ['nested quotes', `${'>'.repeat(10_000)} x`],
    ['lazy quotes', '> a\nb\n'.repeat(20_000)],
    ['nested lists', `${'- '.repeat(10_000)}x`],
    ['indented lists', Array.from({ length: 400 }, (_, depth) => `${'  '.repeat(depth)}- x\n`).join('')],
    ['one line', 'word '.repeat(40_000)],
    ['one word', 'a'.repeat(60_000)],
    ['an unclosed fence', `\`\`\`js\n${'code\n'.repeat(20_000)}`],
    ['fences', '```\nx\n'.repeat(10_000)],
    ['headings', '# h\n'.repeat(10_000)],
    ['a wide table', `${'|a'.repeat(10_000)}|\n${'|-'.repeat(10_000)}|\n|x|\n`],
    ['comments', 'a <!-- '.repeat(20_000)],
    ['images', '[![a]('.repeat(10_000)],
    ['spaces', `x${' '.repeat(300_000)}x`],
    ['tags', `${'<div>\n'.repeat(5_000)}x`],
    ['character references', '&lt;x&gt;'.repeat(5_000)],
  ])('are made in reasonable time from %s', (_, source) => {
    const kinds: SourceDocument['format'][] = ['markdown', 'text'];
    for (const kind of kinds) {
      const parts = chunkText(source, undefined, kind);
      expect(parts.length).toBeGreaterThan(0);
      expect(Math.max(...parts.map(({ tokens }) => tokens))).toBeLessThanOrEqual(320);
    }
  });
});
