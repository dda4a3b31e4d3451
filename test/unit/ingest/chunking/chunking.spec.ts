import { chunkDocument, readProperties } from '../../../../src/ingest/chunking/chunking.ts';
import { isNavigation } from '../../../../src/ingest/chunking/markdown/markdown-noise.ts';
import { chunkText } from '../../../support/ingest/chunk-text.ts';

/** The chunks of a Markdown document, each as its heading and its text. */
function chunkLines(text: string): string[] {
  return chunkText(text).map((part) => `${part.heading ?? ''}: ${part.text}`);
}

describe('chunkDocument', () => {
  it('begins a chunk at each heading and keeps the path of headings', () => {
    const text =
      '# Guide\n\nIntro.\n\n## Setup\n\nFirst.\n\nSecond.\n\n### Linux\nThird.\n\n## Use\n\nFourth.';
    expect(chunkLines(text)).toEqual([
      'Guide: Intro.',
      'Guide > Setup: First.\n\nSecond.',
      'Guide > Setup > Linux: Third.',
      'Guide > Use: Fourth.',
    ]);
  });

  it('numbers chunks from 0 and counts their tokens', () => {
    const chunks = chunkText('# A\n\none\n\n# B\n\ntwo words');
    expect(chunks).toEqual([
      { ordinal: 0, heading: 'A', text: 'one', tokens: 1 },
      { ordinal: 1, heading: 'B', text: 'two words', tokens: 2 },
    ]);
  });

  it('reads plain text with millions of empty lines between two paragraphs', () => {
    for (const gap of ['\n'.repeat(5_000_000), '\n \t'.repeat(1_500_000) + '\n'])
      expect(chunkText(`one${gap}two`, undefined, 'text').map(({ text }) => text)).toEqual(['one\n\ntwo']);
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
    expect(chunkText('Using `get()` in [Nest](x)\n===\n\ntext')[0]?.heading).toBe('Using get() in Nest');
    const [long] = chunkText(`# ${'word '.repeat(60)}end\n\ntext`);
    expect(long?.heading?.length).toBeLessThanOrEqual(121);
    expect(long?.text).toMatch(/^word .* end\n\ntext$/);
  });

  it('turns a heading with nothing under it into text', () => {
    expect(chunkLines('# A\n\ntext\n\n## Soon\n\n## Later\n\n# B\n\nmore')).toEqual([
      'A: text\n\n## Soon\n\n## Later',
      'B: more',
    ]);
    expect(chunkLines('# Only')).toEqual([': # Only']);
  });

  it('drops front matter, rules, comments, badges and tags, and keeps image descriptions', () => {
    const text = `---\ntitle: X\ntags: [a]\n---\n[![Build](https://img.shields.io/b.svg)](https://ci)

<h1 align="center">Project</h1>

A<br/>b <!-- hidden --> ![a diagram](d.png), \`Array<b>\` and Map<string, Foo>.

***

<details><summary>More</summary>

Inside.

</details>`;
    expect(chunkLines(text)).toEqual([
      'Project: A b  a diagram, `Array<b>` and Map<string, Foo>.\n\nMore\n\nInside.',
    ]);
  });

  it('drops tables of contents with their heading', () => {
    const contents = [
      '- [Start](#start)\n  - [On Linux](#linux)\n    1. **[`run()`](#run "Run")**\n- [Use [it]](use.md#it)',
      '* [Start](#start)\n\n* [Other page](other.md)',
    ];
    for (const list of contents)
      expect(chunkLines(`# Guide\n\n## Contents\n\n${list}\n\n## Start\n\nPress it.`)).toEqual([
        'Guide > Start: Press it.',
      ]);
    const html =
      '<h2>On this page</h2><ul><li><a href="#a">A</a><li><a href="#b">B</a></ul><h2>A</h2><p>Text.</p>';
    expect(chunkText(html, undefined, 'html').map(({ heading, text }) => [heading, text])).toEqual([
      ['A', 'Text.'],
    ]);
  });

  it('keeps the table of contents of a document without another text', () => {
    expect(chunkLines('# Pages\n\n- [Start](start.md#start)')).toEqual(['Pages: - [Start](start.md#start)']);
  });

  it('keeps lists of links that say more, or lead to other pages', () => {
    const lists = [
      '- [Start](#start): how to begin\n- [Use](#use)',
      '- [Start](start.md)\n- [Use](use.md)',
      '- See [Start](#start)',
      '- [Manual](https://other.example/manual.html#start)\n- [Start](#start)',
      '- [Start](#start)\n- [Use](#use) [it](#it)',
    ];
    for (const list of lists) expect(chunkLines(`# Guide\n\n${list}`)).toEqual([`Guide: ${list}`]);
  });

  it('recognises a table of contents in linear time', () => {
    const startedAt = performance.now();
    for (const piece of ['[', ']', '(', '[a](', '](', '[](#', '\\\\', '**', 'a']) {
      const raw = `- [a](#a)\n- [${piece.repeat(100_000)}`;
      isNavigation({ type: 'list', raw, ordered: false, start: '', loose: false, items: [] });
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('does not mistake a rule at the beginning for front matter', () => {
    expect(chunkLines('---\n\nText.\n\n---\n\nMore.')).toEqual([': Text.\n\nMore.']);
  });

  it('reads HTML with its headings', () => {
    const html = '<h1>Guide</h1><p>Intro &lt;script&gt;.</p><h2>Use</h2><ul><li>one<li>two</ul>';
    const parts = chunkText(html, undefined, 'html').map((part) => `${part.heading}: ${part.text}`);
    expect(parts).toEqual(['Guide: Intro <script>.', 'Guide > Use: - one\n- two']);
  });

  it('ends a comment at each sign that ends it in HTML 5', () => {
    const comment = '<!-- hidden\n\n<title>No</title> --!>';
    const text = `${comment}\n\nA <!-- b --!>.\n\n\`--!>\` C.`;
    expect(chunkLines(text)).toEqual([': A .\n\n`--!>` C.']);
    const html = `${comment}<title>Yes</title><p>A.</p>`;
    expect(chunkText(html, undefined, 'html').map((part) => part.text)).toEqual(['A.']);
    expect(readProperties({ text: html, format: 'html' }).title).toBe('Yes');
  });

  it('returns no chunk for a document without text', () => {
    for (const text of ['', ' \n\t\n', '---', '```\n```', '<!-- x -->', '[![a](b.svg)](c)'])
      expect(chunkText(text)).toEqual([]);
  });
});
