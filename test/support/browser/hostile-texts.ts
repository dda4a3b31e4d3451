// cspell:disable: the words are made to be wrong.
import { createRandom } from '../random.ts';

/** What tries to be more than text, by kind. `alert` would open a dialog, and `evil.test` would be asked for something. */
const SEEDS = [
  // Markup, with handlers, and in pieces that a repairing parser would put together.
  '<script>alert(1)</script>',
  '<script src=//evil.test/x.js></script>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<img src=x onerror=alert(1)>',
  '<img src="https://evil.test/a.png">',
  '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
  '<a href="javascript:alert(1)">x</a>',
  '<body onload=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<iframe src="https://evil.test/"></iframe>',
  '<object data="https://evil.test/x.swf"></object>',
  '<embed src="https://evil.test/x">',
  '<form action="https://evil.test/"><input autofocus onfocus=alert(1)>',
  '<button formaction=javascript:alert(1)>x',
  '<meta http-equiv="refresh" content="0;url=https://evil.test/">',
  '<base href="https://evil.test/">',
  '<link rel=stylesheet href="https://evil.test/x.css">',
  '<style>*{display:none}body{background:url(https://evil.test/)}</style>',
  '<details open ontoggle=alert(1)>',
  '<video><source onerror=alert(1)></video>',
  '<template><script>alert(1)</script></template>',
  '</main></div></body></html><h1>gone',
  '<!-- x --!><img src=x onerror=alert(1)>',
  '<![CDATA[<script>alert(1)</script>]]>',
  '<dialog open>x</dialog>',
  '"><svg/onload=alert(1)>',
  // SVG and MathML.
  '<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
  '<svg><foreignObject><script>alert(1)</script></foreignObject></svg>',
  '<svg><use href="data:image/svg+xml,<svg id=x onload=alert(1)>#x"/></svg>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<math href="javascript:alert(1)">x</math>',
  // Addresses.
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  '&#106;avascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'https://evil.test/%0d%0aSet-Cookie:x',
  'https://user:pass@evil.test:99999/',
  '//evil.test/x',
  'file:///etc/passwd',
  'blob:https://evil.test/x',
  // Templates, prototypes and code.
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  '<%= alert(1) %>',
  '#{7*7}',
  '__proto__',
  'constructor',
  '{"__proto__":{"x":1}}',
  "'; DROP TABLE documents; --",
  '$(touch /tmp/x)',
  // Characters.
  '\u202eesrever\u202c \u2066x\u2069',
  'a\u200bb\u200c\u200d\ufeffc',
  `Z${'\u0300'.repeat(60)}`,
  '\ud800 lone \udfff',
  '👩‍👩‍👧‍👦🏳️‍🌈\u{e0067}',
  'مرحبا <b>بالعالم</b> שלום',
  '\u0001\u001b[31m\u007f\u0085',
  '&lt;img src=x onerror=alert(1)&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62; &#0; &#1114112;',
  // Markdown.
  '[x]: javascript:alert(1) "y"',
  '![x](https://evil.test/a.png "onerror=alert(1)")',
  '[a](<javascript:alert(1)>) [1](javascript:alert(1))',
  '[1][2] [1, 999] [^1] [0] [-1] [99999999999999999999]',
  `${'> '.repeat(60)}deep`,
  `${'- '.repeat(60)}deep`,
  `${'*'.repeat(200)}x${'*'.repeat(200)}`,
  `${'['.repeat(120)}x${'](y)'.repeat(120)}`,
  `|${'a|'.repeat(20)}\n|${'-|'.repeat(20)}\n${'b\n'.repeat(20)}`,
  '```\n</code></pre><script>alert(1)</script>',
  `word${'x'.repeat(600)}`,
];

/** Where a text is put. */
const PLACES: ((text: string) => string)[] = [
  (text) => text,
  (text) => `**${text}**`,
  (text) => `# ${text}`,
  (text) => `- ${text}\n  - ${text}`,
  (text) => `> ${text}`,
  (text) => `[${text}](https://example.com/)`,
  (text) => `[a](${text})`,
  (text) => `![${text}](${text})`,
  (text) => `\`${text}\``,
  (text) => `| a | ${text} |\n|---|---|\n| ${text} | b |`,
  (text) => `<${text}>`,
  (text) => text.toUpperCase(),
];

/** A text that must stay one, and what is to be found of it wherever it is shown. */
export interface HostileText {
  text: string;
  token: string;
}

/** Every seed in every place, in an order that a seed decides. */
export function makeHostileTexts(): HostileText[] {
  const random = createRandom(715);
  const texts = SEEDS.flatMap((seed) => PLACES.map((place) => place(seed)));
  for (let last = texts.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [texts[last], texts[other]] = [texts[other]!, texts[last]!];
  }
  return texts.map((text, index) => ({ text: `${text}\n\nzq${index}z`, token: `zq${index}z` }));
}

const CHARS = 60_000;

/** Texts of the most characters that are read as Markdown, which cost much more than others to read or to show. */
export const MARKDOWN_BOMBS = [
  '>',
  '> ',
  '- ',
  '*a **b ',
  '_a__b',
  '[',
  '[a](',
  '![',
  '`a',
  '<a ',
  '~~a',
  'a@',
  '|',
  '|a|\n|-|\n',
  '=\n',
  '1. a\n',
  '# a\n',
  '[1]',
  '&#',
  '(',
  'http://a.b/(',
]
  .map((piece) => piece.repeat(Math.ceil(CHARS / piece.length)).slice(0, CHARS))
  .concat(
    `${'**a '.repeat(7_000)}${'b**'.repeat(7_000)}`,
    `${'*'.repeat(20_000)}a${'*'.repeat(20_000)}`,
    `|${'a|'.repeat(2_000)}\n|${'-|'.repeat(2_000)}\n${'b\n'.repeat(20_000)}`,
    Array.from({ length: 240 }, (_, depth) => `${' '.repeat(2 * depth)}- a`).join('\n'),
  );
