import fc from 'fast-check';
import { htmlToMarkdown, readHtml, readHtmlTitle } from '../../../../../src/ingest/chunking/html/html.ts';
import { UnreadableDocumentError } from '../../../../../src/ingest/documents/unreadable-document.ts';

function read(html: string): string {
  return [...readHtml(html)].filter(Boolean).join('\n\n');
}

describe('readHtml', () => {
  it('reads the main part of a page without navigation and scripts', () => {
    const markdown = read(`<!doctype html><html><head><title>T</title><style>p{}</style></head><body>
      <nav><a href="/">Home</a></nav><header>Site</header>
      <main><h1>Guards</h1><script>track()</script><p>A <b>guard</b> stands before <code>a < b</code>
      and <a href="https://x.test/y">a link</a>.</p><noscript>no</noscript><template>t</template>
      <iframe src="x"></iframe><svg><text>s</text></svg></main><footer>Imprint</footer></body></html>`);
    expect(markdown).toBe('# Guards\n\nA **guard** stands before `a < b` and [a link](https://x.test/y).');
  });

  it('reads the only article, or the body', () => {
    expect(read('<div>Menu</div><article><p>One paragraph.</p></article>')).toBe('One paragraph.');
    expect(read('<p>Intro</p><article>One</article><article>Two</article>')).toBe('Intro\n\nOne\n\nTwo');
    expect(read('<p>Only<p>a fragment')).toBe('Only\n\na fragment');
    expect(read('plain words')).toBe('plain words');
  });

  it('converts tables with their first row as the head, and escapes pipes in cells', () => {
    const rows = '<tr><th>Name</th><th>Value</th></tr><tr><td><p>a|b</p></td><td>x<br>y</td></tr>';
    const html = `<table><caption>Limits</caption><thead>${rows.replace(/(<\/tr>)/, '$1</thead><tbody>')}</tbody></table>`;
    expect(read(html)).toBe('Limits\n\n| Name | Value |\n| --- | --- |\n| a\\|b | x y |');
  });

  it('gives every row of a table a cell for each column, whatever cells span', () => {
    const head =
      '<tr><th rowspan="2">Engine</th><th colspan="2">Limits</th></tr><tr><th>min</th><th>max</th></tr>';
    const body = `<tr><td rowspan="3">redis</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr>
      <tr><td colspan="2">none</td></tr><tr><td>pg</td><td rowspan="0">5</td><td>6</td></tr><tr><td>x</td><td>7</td></tr>`;
    const lines = ['| Engine | Limits |  |', '| --- | --- | --- |', '| Engine | min | max |'];
    const rows = [
      '| redis | 1 | 2 |',
      '| redis | 3 | 4 |',
      '| redis | none |  |',
      '| pg | 5 | 6 |',
      '| x | 5 | 7 |',
    ];
    expect(read(`<table><thead>${head}</thead><tbody>${body}</tbody></table>`)).toBe(
      [...lines, ...rows].join('\n'),
    );
  });

  it('takes no cell for wider than its table', () => {
    const html = '<table><tr><th>Name</th><th>Value</th></tr><tr><td colspan="100">None</td></tr></table>';
    expect(read(html)).toBe('| Name | Value |\n| --- | --- |\n| None |  |');
  });

  it('bounds what the spans of a hostile table add', () => {
    const row = `<tr>${'<td rowspan="65534" colspan="1000">0123456789</td>'.repeat(20)}</tr>`;
    const html = `<table>${row.repeat(100)}</table>`;
    expect(read(html).length).toBeLessThan(html.length * 2);
  });

  it('reads character data as text, and the code of a page that Confluence stores', () => {
    expect(read('<p>Set <![CDATA[a < b && c]]> here. <![CDATA[open</p>')).toBe('Set a < b && c here.');
    const macro = `<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">bash</ac:parameter>
      <ac:plain-text-body><![CDATA[if [ 1 -lt 2 ]; then
  echo "<ok>"
fi]]></ac:plain-text-body></ac:structured-macro>`;
    const link =
      '<p>See <ac:link><ri:page ri:content-title="Runbook" /><ac:plain-text-link-body><![CDATA[the runbook]]></ac:plain-text-link-body></ac:link>.</p>';
    expect(read(`<p>Run:</p>${macro}${link}`)).toBe(
      'Run:\n\n```\nif [ 1 -lt 2 ]; then\n  echo "<ok>"\nfi\n```\n\nSee the runbook.',
    );
  });

  it('ends the empty elements of a page in the syntax of XML', () => {
    const page = (start: string) => `${start}<head><script src="a.js"/><title/></head>
      <body><a name="top"/><h1>Install</h1><textarea/><p>Run<br/>it.</p></body></html>`;
    for (const start of [
      '<?xml version="1.0"?><html>',
      '<html lang="en" xmlns="http://www.w3.org/1999/xhtml">',
      '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "xhtml1-strict.dtd"><html>',
    ])
      expect(read(page(start))).toBe('# Install\n\nRun  \nit.');
  });

  it.each([
    '<pre>a()<br>b()</pre>',
    '<pre><code><span class="token-line">a()<br></span><span class="token-line">b()<br></span></code></pre>',
    '<pre><code><div class="ec-line"><div class="code">a()</div></div><div class="ec-line"><div class="code">b()</div></div></code></pre>',
    '<pre><span style="display: block">a()</span><span style="display: block">b()</span></pre>',
    '<pre><ol><li>a()</li><li>b()</li></ol></pre>',
    '<pre><span class="line">a()</span>\n<span class="line">b()</span></pre>',
  ])('keeps the lines of code in %s', (html) => {
    expect(read(html)).toBe('```\na()\nb()\n```');
  });

  it('reads a list of sections as sections', () => {
    const item = (name: string) => `<li><section><h3>${name}</h3><p>It runs ${name}.</p></section></li>`;
    expect(read(`<ul>${item('start')}${item('stop')}</ul>`)).toBe(
      '### start\n\nIt runs start.\n\n### stop\n\nIt runs stop.',
    );
  });

  it('keeps exponents, and reads a formula once', () => {
    expect(read('<p>10<sup>6</sup> or 2<sup>−3</sup>, the 1<sup>st</sup></p>')).toBe('10^6 or 2^−3, the 1st');
    const formula =
      '<span class="katex"><span class="katex-mathml"><math><mrow><mi>E</mi><mo>=</mo><msup><mi>c</mi><mn>2</mn></msup></mrow><annotation encoding="application/x-tex">E=c^2</annotation></math></span><span class="katex-html" aria-hidden="true">E=c2</span></span>';
    expect(read(`<p>It is ${formula} then.</p>`)).toBe('It is E=c^2 then.');
  });

  it('leaves out encoded data whose lines are broken by elements', () => {
    const line = 'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4AB9x8f3k1mZw';
    expect(read(`<p>Sent:</p><p>${Array.from({ length: 8 }, () => line).join('<br>')}</p>`)).toBe(
      'Sent:\n\n…',
    );
  });

  it('leaves out the numbers of lines beside code', () => {
    const code = '<pre>first()\nsecond()</pre>';
    for (const numbered of [
      `<table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre>1\n2</pre></div></td><td class="code"><div>${code}</div></td></tr></table>`,
      '<pre><span class="lineno">1 </span>first()\n<span class="lineno">2 </span>second()</pre>',
    ])
      expect(read(numbered)).toBe('```\nfirst()\nsecond()\n```');
    expect(read('<p class="gutter">The gutter is 12 px wide.</p>')).toBe('The gutter is 12 px wide.');
  });

  it('reads a layout table as plain contents', () => {
    expect(read('<table><tr><td><h2>Left</h2>one</td><td>two</td></tr></table>')).toBe(
      '## Left\n\none\n\ntwo',
    );
  });

  it('keeps code unchanged, with its language', () => {
    const html =
      '<pre><code class="language-ts">if (a &lt; b) {\n    run();\n}\n</code></pre><pre>  plain\n\n  text</pre>';
    expect(read(html)).toBe('```ts\nif (a < b) {\n    run();\n}\n```\n\n```\n  plain\n\n  text\n```');
  });

  it('numbers ordered lists and keeps nesting', () => {
    const html = '<ol start="3"><li>three<ul><li>inner</li></ul></li><li>four</li></ol>';
    expect(read(html)).toBe('3. three\n   - inner\n4. four');
  });

  it('joins short divs as lines that stay apart', () => {
    expect(read('<div>src</div><div>main.ts</div><p>Text</p>')).toBe('src  \nmain.ts  \n\nText');
  });

  it('escapes text that looks like a tag or a fence', () => {
    expect(read('<p>Use &lt;script&gt; and a &lt; b</p><p>``` here</p>')).toBe(
      'Use \\<script> and a < b\n\n\\``` here',
    );
  });

  it('keeps snake_case and asterisks unchanged', () => {
    expect(read('<p>max_tokens * 2 [sic]</p>')).toBe('max_tokens * 2 [sic]');
  });

  it('refuses deep nesting, before parsing when parsing would take long', () => {
    const nested = (tag: string, depth: number) => `${`<${tag}>`.repeat(depth)}x`;
    expect(read(nested('div', 150))).toBe('x');
    expect(() => read(nested('div', 250))).toThrow(UnreadableDocumentError);
    expect(() => read(nested('b', 300_000))).toThrow('is nested too deeply to be read');
    expect(read(nested('li', 5_000))).toContain('x');
  });

  it('tolerates unclosed and invalid tags', () => {
    expect(read(`${'<p>word '.repeat(3_000)}end`)).toContain('end');
    expect(read(`${'<'.repeat(20_000)} end`)).toContain('end');
    expect(read(`<p>a${'&nbsp;'.repeat(50_000)}<b>${'\u00a0'.repeat(50_000)}</b>b</p>`)).toBe('a b');
  });

  it('loses no word of visible text', () => {
    const word = fc.nat({ max: 1e6 }).map((number) => `w${number.toString(36)} `);
    const tag = fc.constantFrom(
      'p',
      'div',
      'b',
      'ul',
      'li',
      'table',
      'tr',
      'td',
      'h2',
      'span',
      'pre',
      'blockquote',
      'a',
    );
    const piece = fc.oneof(
      word,
      fc.tuple(tag, word).map(([name, text]) => `<${name}>${text}</${name}>`),
      tag.map((name) => `<${name}>`),
      tag.map((name) => `</${name}>`),
      fc.constantFrom('<br>', '<!-- c -->', '&amp;', '\n'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const html = pieces.join('');
        const markdown = read(html);
        for (const [found] of html.matchAll(/w[0-9a-z]+/g)) expect(markdown).toContain(found);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('readHtmlTitle', () => {
  it.each([
    ['<title> A &amp; B\n</title><h1>C</h1>', 'A & B'],
    ['<body><h1 class="x">C <b>D</b></h1>', 'C D'],
    [
      '<!-- <title>A</title> --><script>"<title>B</title>"</script><svg><title>C</title></svg><TITLE>D</TITLE>',
      'D',
    ],
    ['<svg><title>Icon</title></svg><h1>A<a href="#a">¶</a></h1>', 'A'],
    ['<title></title>', null],
    ['<p>none</p>', null],
  ])('reads the title of %j', (html, title) => {
    expect(readHtmlTitle(html)).toBe(title);
  });
});

describe('htmlToMarkdown', () => {
  it('falls back to plain text when the HTML is nested too deeply', () => {
    expect(htmlToMarkdown(`${'<div>'.repeat(300)}words${'</div>'.repeat(300)}`).trim()).toBe('words');
  });
});
