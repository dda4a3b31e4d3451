import fc from 'fast-check';
import {
  type Chunk,
  chunkDocument,
  documentTitle,
  type SourceDocument,
} from '../../../src/ingest/chunking/chunking.ts';
import { countTokens } from '../../../src/text/tokens.ts';

type Options = Parameters<typeof chunkDocument>[1];

function chunk(text: string, options?: Options, format: SourceDocument['format'] = 'markdown'): Chunk[] {
  return [...chunkDocument({ title: null, text, format }, options)];
}

function show(text: string, options?: Options): string[] {
  return chunk(text, options).map((part) => `${part.heading ?? ''}: ${part.text}`);
}

const small = { maxTokens: 24, overlapTokens: 0 };

describe('chunkDocument', () => {
  it('begins a chunk at each heading and keeps the path of headings', () => {
    const text =
      '# Guide\n\nIntro.\n\n## Setup\n\nFirst.\n\nSecond.\n\n### Linux\nThird.\n\n## Use\n\nFourth.';
    expect(show(text)).toEqual([
      'Guide: Intro.',
      'Guide > Setup: First.\n\nSecond.',
      'Guide > Setup > Linux: Third.',
      'Guide > Use: Fourth.',
    ]);
  });

  it('numbers chunks from 0 and counts their tokens', () => {
    const chunks = chunk('# A\n\none\n\n# B\n\ntwo words');
    expect(chunks).toEqual([
      { ordinal: 0, heading: 'A', text: 'one', tokens: 1 },
      { ordinal: 1, heading: 'B', text: 'two words', tokens: 2 },
    ]);
  });

  it('reads plain text with millions of empty lines between two paragraphs', () => {
    for (const gap of ['\n'.repeat(5_000_000), '\n \t'.repeat(1_500_000) + '\n'])
      expect(chunk(`one${gap}two`, undefined, 'text').map(({ text }) => text)).toEqual(['one\n\ntwo']);
  });

  it('omits a heading that repeats the title from the path', () => {
    const document = {
      title: 'Guide',
      text: '# Guide\n\nIntro.\n\n## Use\n\nText.',
      format: 'markdown' as const,
    };
    expect([...chunkDocument(document)].map(({ heading }) => heading)).toEqual([null, 'Use']);
  });

  it('strips markup from headings, and moves the rest of a long heading into the text', () => {
    expect(chunk('Using `get()` in [Nest](x)\n===\n\ntext')[0]?.heading).toBe('Using get() in Nest');
    const [long] = chunk(`# ${'word '.repeat(60)}end\n\ntext`);
    expect(long?.heading?.length).toBeLessThanOrEqual(121);
    expect(long?.text).toMatch(/^word .* end\n\ntext$/);
  });

  it('turns a heading with nothing under it into text', () => {
    expect(show('# A\n\ntext\n\n## Soon\n\n## Later\n\n# B\n\nmore')).toEqual([
      'A: text\n\n## Soon\n\n## Later',
      'B: more',
    ]);
    expect(show('# Only')).toEqual([': # Only']);
  });

  it('drops front matter, rules, comments, badges and tags, and keeps image descriptions', () => {
    const text = `---\ntitle: X\ntags: [a]\n---\n[![Build](https://img.shields.io/b.svg)](https://ci)

<h1 align="center">Project</h1>

A<br/>b <!-- hidden --> ![a diagram](d.png), \`Array<b>\` and Map<string, Foo>.

***

<details><summary>More</summary>

Inside.

</details>`;
    expect(show(text)).toEqual([
      'Project: Ab  a diagram, `Array<b>` and Map<string, Foo>.\n\nMore\n\nInside.',
    ]);
  });

  it('does not mistake a rule at the beginning for front matter', () => {
    expect(show('---\n\nText.\n\n---\n\nMore.')).toEqual([': Text.\n\nMore.']);
  });

  it('splits a paragraph between sentences with an overlap', () => {
    const sentences = ['One two three four five.', 'Six seven eight nine ten.', 'Eleven twelve and so on.'];
    const texts = chunk(sentences.join(' '), { maxTokens: 16, overlapTokens: 8 }).map((part) => part.text);
    expect(texts).toEqual([`${sentences[0]} ${sentences[1]}`, `${sentences[1]} ${sentences[2]}`]);
    expect(
      chunk(sentences.join('\n\n'), { maxTokens: 16, overlapTokens: 8 }).map((part) => part.text),
    ).toEqual([`${sentences[0]}\n\n${sentences[1]}`.replace('\n\n', '\n\n'), sentences[2]]);
  });

  it('splits a list between items, and keeps nested items with theirs', () => {
    const item = (name: string) => `- ${name} is an item of this list\n  - with something nested in it`;
    expect(chunk([item('one'), item('two')].join('\n'), small).map((part) => part.text)).toEqual([
      item('one'),
      item('two'),
    ]);
  });

  it('splits a table between rows, and repeats its head without padding', () => {
    const text =
      '| Name      | Use       |\n|-----------|:--------|\n| alpha     | first |\n| beta | second one |\n| gamma | third |';
    expect(chunk(text, { maxTokens: 26, overlapTokens: 0 }).map((part) => part.text)).toEqual([
      '| Name | Use |\n|---|:---|\n| alpha | first |\n| beta | second one |',
      '| Name | Use |\n|---|:---|\n| gamma | third |',
    ]);
  });

  it('splits code between blank lines or lines, and repeats the fence with its language', () => {
    const text = '```ts\nconst first = 1;\nconst second = 2;\n\nconst third = 3;\nconst fourth = 4;\n```';
    expect(chunk(text, small).map((part) => part.text)).toEqual([
      '```ts\nconst first = 1;\nconst second = 2;\n```',
      '```ts\nconst third = 3;\nconst fourth = 4;\n```',
    ]);
    for (const { text: piece } of chunk('~~~\n' + 'line of code;\n'.repeat(40), small))
      expect(piece).toMatch(/^~~~\n(line of code;\n)+~~~$/);
  });

  it('keeps the fence of code within a list item', () => {
    const text =
      '1. Install:\n\n   ```sh\n   npm install\n   npm run build and more of it\n   ```\n\n2. Run it.';
    expect(chunk(text, small).map((part) => part.text)).toEqual([
      '1. Install:\n\n```sh\nnpm install\nnpm run build and more of it\n```',
      '2. Run it.',
    ]);
  });

  it('keeps a block with the sentence that announces it', () => {
    const text =
      'Something else stands here at first, and is long.\n\nDo this:\n\n- the first thing\n- the second thing';
    expect(chunk(text, small).map((part) => part.text)).toEqual([
      'Something else stands here at first, and is long.',
      'Do this:\n\n- the first thing\n- the second thing',
    ]);
  });

  it('splits plain text by paragraphs, and reads no Markdown in it', () => {
    const parts = chunk('# not a heading\r\nline two\r\n \r\n\r\n<b>second</b>', small, 'text');
    expect(parts.map((part) => part.text)).toEqual(['# not a heading\nline two\n\n<b>second</b>']);
  });

  it('reads HTML with its headings', () => {
    const html = '<h1>Guide</h1><p>Intro &lt;script&gt;.</p><h2>Use</h2><ul><li>one<li>two</ul>';
    const parts = chunk(html, undefined, 'html').map((part) => `${part.heading}: ${part.text}`);
    expect(parts).toEqual(['Guide: Intro <script>.', 'Guide > Use: - one\n- two']);
  });

  it('returns no chunk for a document without text', () => {
    for (const text of ['', ' \n\t\n', '---', '```\n```', '<!-- x -->', '[![a](b.svg)](c)'])
      expect(chunk(text)).toEqual([]);
  });
});

describe('chunks of any document', () => {
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
  const text = fc.array(fragment, { maxLength: 60 }).map((fragments) => fragments.join(''));
  const format = fc.constantFrom<SourceDocument['format']>('markdown', 'text', 'html');

  it('are numbered, not blank and within the limit, and split no character', () => {
    const limits = fc.record({
      maxTokens: fc.integer({ min: 16, max: 120 }),
      overlapTokens: fc.nat({ max: 12 }),
    });
    fc.assert(
      fc.property(text, format, limits, (source, kind, options) => {
        for (const [index, part] of chunk(source, options, kind).entries()) {
          expect(part.ordinal).toBe(index);
          expect(part.text.trim()).not.toBe('');
          expect(part.text.isWellFormed()).toBe(true);
          expect(part.tokens).toBe(countTokens(part.text));
          expect(part.tokens).toBeLessThanOrEqual(options.maxTokens);
        }
      }),
      { seed: 5, numRuns: 400 },
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
        const all = chunk(markdown, { maxTokens, overlapTokens: 4 }).map(
          (part) => `${part.heading}\n${part.text}`,
        );
        for (const [found] of markdown.matchAll(/w[0-9a-z]+/g)) expect(all.join('\n')).toContain(found);
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
      const parts = chunk(source, undefined, kind);
      expect(parts.length).toBeGreaterThan(0);
      expect(Math.max(...parts.map(({ tokens }) => tokens))).toBeLessThanOrEqual(320);
    }
  });
});

describe('documentTitle', () => {
  it.each([
    ['text\n\n# The `title` ##\n\n# Other', 'The title'],
    ['```\n# comment\n```\n\nTitle\n===', 'Title'],
    ['<h1 align="center"><img src="l.png">Project</h1>\n\ntext', 'Project'],
    ['---\na: b\n---\n### Begins so\n\ntext', 'Begins so'],
    ['text\n\n## Section', null],
    ['', null],
  ])('finds the title of %j', (text, title) => {
    expect(documentTitle({ text, format: 'markdown' })).toBe(title);
  });

  it('finds the title of an HTML page, and none in plain text', () => {
    expect(documentTitle({ text: '<title>Page</title>', format: 'html' })).toBe('Page');
    expect(documentTitle({ text: '# x', format: 'text' })).toBeNull();
  });
});
