import { readHtml } from '../../../../../src/ingest/chunking/html/html.ts';

const content = '<h1>Fuses</h1><p>A fuse melts when the current is too high.</p>';
const markdown = '# Fuses\n\nA fuse melts when the current is too high.';

function read(html: string): string {
  return [...readHtml(html)]
    .map((part) => part.trim())
    .filter(Boolean)
    .join('\n\n');
}

describe('the content of a page', () => {
  it.each([
    ['a teaser beside it', `<article><p>Read more.</p></article><div>${content}</div>`, 'Read more.'],
    ['comments beside it', `<div>${content}</div><article>Nice!</article><article>Thanks.</article>`, ''],
    ['an empty main part', `<main></main><div>${content}</div>`, ''],
    [
      'a main part that a script would fill',
      `<main><p>Loading…</p></main><div>${content.repeat(3)}</div>`,
      '',
    ],
  ])('is read besides %s', (_, html) => {
    expect(read(html)).toContain(markdown);
  });

  it.each([
    ['the main part', `<p>Site</p><main>${content}</main><div>Imprint</div>`],
    ['the part with the role of it', `<p>Site</p><div role="main">${content}</div><div>Imprint</div>`],
    ['the article with most of the text', `<article>${content}</article><article>Nice!</article>`],
  ])('is %s alone', (_, html) => {
    expect(read(html)).toBe(markdown);
  });

  it.each([
    ['a cookie dialog', '<div role="dialog"><p>We use cookies.</p></div>'],
    ['an alert', '<div role="alertdialog"><p>Session ends.</p></div>'],
    ['a modal part', '<div aria-modal="TRUE"><p>Subscribe!</p></div><div popover>Share</div>'],
    ['a consent tool', '<div id="onetrust-banner-sdk">Cookies</div><p class="cc-window">OK</p>'],
    [
      'parts marked in capitals',
      '<P HIDDEN>Secret.</P><DIV ROLE="Navigation">Docs</DIV><p ARIA-HIDDEN="True">★</p>',
    ],
    ['parts with several roles', '<div role="navigation list">Docs</div>'],
    ['an open dialog', '<dialog open><p>Subscribe!</p></dialog>'],
    ['a banner about cookies', '<div class="cookie-banner"><p>We use cookies.</p></div>'],
    ['hidden elements', '<p hidden>Secret.</p><p aria-hidden="true">★★★</p>'],
    ['elements without display', '<p style="color: red; display : none">Secret.</p>'],
    ['invisible elements', '<p style="visibility:hidden">Secret.</p>'],
    ['navigation', '<nav>Home</nav><div role="navigation">Docs</div><div role="search">Find</div>'],
    ['form controls', '<select><option>EUR</option></select><button>Copy</button><textarea>Say</textarea>'],
    [
      'templates and scripts',
      '<template>t</template><script>s()</script><noscript>n</noscript><style>p{}</style>',
    ],
    ['players', '<video>Your browser cannot play this.</video><canvas>No.</canvas>'],
    [
      'the foot and the side of the page',
      '<footer>© 2026</footer><aside>More posts</aside><div role="contentinfo">Imprint</div>',
    ],
    [
      'paths and links of a theme',
      '<div class="breadcrumb">Docs / Fuses</div><a class="skip-link" href="#m">Skip to content</a>',
    ],
    ['comments', '<!-- <p>old</p> -->'],
  ])('is read without %s', (_, html) => {
    expect(read(`${html}${content}${html}`)).toBe(markdown);
  });

  it('keeps notes, controls that name a section, and words that stand in it by chance', () => {
    const html = `<main>${content}<aside>Mind the gap.</aside><h2><button>Why?</button></h2><button aria-expanded="false">How?</button>
      <p hidden="until-found">Because.</p><section id="cookie-consent"><p>Cookies need consent.</p></section><details><summary>More</summary>Text</details></main>`;
    const text = read(html);
    for (const kept of [
      'Mind the gap.',
      '## Why?',
      'How?',
      'Because.',
      'Cookies need consent.',
      'More',
      'Text',
    ])
      expect(text).toContain(kept);
  });

  it('is all of the page where all of it is hidden until a script shows it', () => {
    expect(read(`<body><div style="display:none">${content}</div></body>`)).toBe(markdown);
  });

  it.each([
    [
      'a dialog covers it',
      `<div id="root" aria-hidden="true">${content}</div><div role="dialog">Cookies?</div>`,
      '',
    ],
    ['a script shows it later', `<div hidden>${content}</div><p>Loading…</p>`, '\n\nLoading…'],
  ])('is read where %s', (_, html, rest) => {
    expect(read(`<body>${html}</body>`)).toBe(markdown + rest);
  });

  it('has the panels that a reader may open', () => {
    const panel = (id: string, text: string) => `<div id="${id}" hidden><p>${text}</p></div>`;
    const text = read(`${content}<button role="tab" aria-controls="a">npm</button>${panel('a', 'Run npm.')}
      <div role="tabpanel" hidden><p>Run yarn.</p></div>
      <h3><button aria-expanded="false" aria-controls="b">Why?</button></h3>${panel('b', 'Because.')}${panel('c', 'Secret.')}`);
    for (const kept of ['Run npm.', 'Run yarn.', 'Why?', 'Because.']) expect(text).toContain(kept);
    expect(text).not.toContain('Secret.');
  });

  it('is found in a declared shadow tree', () => {
    expect(read(`<x-page><template shadowrootmode="open">${content}</template></x-page>`)).toBe(markdown);
  });

  it('has headings without the signs of their own links', () => {
    expect(read('<h2>Fuses<a class="x" href="#fuses">¶</a></h2><h2><a href="#b">#</a> Bulbs</h2>')).toBe(
      '## Fuses\n\n## Bulbs',
    );
  });

  it('is kept where parts that pages repeat hold much of it', () => {
    expect(read(`<div class="related">${content}</div><p>End.</p>`)).toBe(`${markdown}\n\nEnd.`);
  });

  it.each([
    ['Use the &lt;img&gt; tag.', 'Use the <img> tag.'],
    [
      'Comments are &lt;!-- so --&gt;, drawings &lt;svg&gt; to &lt;/svg&gt;.',
      'Comments are \\<!-- so -->, drawings \\<svg> to \\</svg>.',
    ],
    ['Write {% raw %}, {{&lt; fig &gt;}} and &amp;lt;.', 'Write {% raw %}, {{< fig >}} and \\&lt;.'],
    [':::note is a fence', ':::note is a fence'],
    ['# is no heading', '\\# is no heading'],
    ['<code>&lt;iframe&gt;</code>', '`<iframe>`'],
  ])('is what was written: %s', (html, expected) => {
    expect(read(`<p>${html}</p>`).replace('\\<img', '<img')).toBe(expected);
  });

  it('has the descriptions of pictures and the texts of links, without empty ones', () => {
    const html =
      '<p><img alt="Figure [2]" src="a_(b).png"> <a href="/x"><img src="y"></a><a href="javascript:go()">Go</a> <a href="a b(c)">See</a></p><a href="/c"><h3>Card</h3><p>Text</p></a>';
    expect(read(html)).toBe('Figure [2] Go [See](a%20b(c))\n\n### Card\n\nText');
  });
});
