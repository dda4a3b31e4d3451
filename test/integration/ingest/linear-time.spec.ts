import { replaceEmbeddedData } from '../../../src/ingest/chunking/embedded-data.ts';
import { readFrontMatter } from '../../../src/ingest/chunking/front-matter.ts';
import { readHtml, readHtmlTitle } from '../../../src/ingest/chunking/html/html.ts';
import { readMarkdown, readMarkdownTitle } from '../../../src/ingest/chunking/markdown/markdown.ts';
import { removeSiteMarkup } from '../../../src/ingest/chunking/markdown/site-markup.ts';
import { UnreadableDocumentError } from '../../../src/ingest/documents/unreadable-document.ts';
import { selectExcerpts } from '../../../src/text/excerpts/excerpts.ts';
import { toPlainText } from '../../../src/text/markdown/plain-text.ts';
import { splitSentences } from '../../../src/text/sentences.ts';
import { countTokens } from '../../../src/text/tokens.ts';

const CHARS = 200_000;
/** A chunk has at most 320 tokens, of at most 16 characters. */
const CHUNK_CHARS = 5_120;

const MARKUP = [
  '<',
  '<a ',
  '<A\n',
  '<p>',
  '</p>',
  '<td>',
  '<!--',
  '<![CDATA[',
  '<?',
  '<img alt="',
  '<title>',
  '<svg>',
  '&#',
  '\u00a0',
];
const PAGE = [
  ...MARKUP,
  '***',
  '___',
  '![a](',
  '<svg>a',
  '<b>',
  '<li>',
  '<tr><td>a',
  '<button>',
  '<p class="toc ',
  '`',
  '*a_',
  '[a](',
  'a\n',
];
const MARKDOWN = [
  '[',
  '![',
  '[![',
  '![[]',
  '![a](b',
  '[a]: b\n',
  '[a][b]',
  '](<',
  '[a](data:',
  '`',
  '``a',
  '`a``',
  '```\n',
  '*a_',
  '**a ',
  '\\',
  '# a {',
  'a\n===\n',
  '!!! a\n',
  '=== "a"\n',
  '```{note}\n',
  '> ',
  '- ',
  '  - a\n',
  '|a',
  'a|b\n',
  '    a\n',
  'a  \n',
  '\n\n',
  ' ',
  '{{<',
  '{:',
  '{{< >}}',
  'import {\n',
  '&nbsp;',
];
const DATA = ['data:', 'data:a/b;', '"data:a/b,', "'data:a/b;base64,", 'A1b/', 'A1b/\n', 'a', '='];
const FIELDS = ['---\n', '+++\n', 'title: a\n', '{\n', '<!-- ', '<!-- -->', 'a: [', '- ', '\n'];
const PROSE = [
  'a.',
  'A. ',
  'e.g. ',
  '://',
  '漢',
  'ก',
  '😀',
  '\u0301',
  '\u200d',
  '(',
  '"',
  '—',
  '…',
  '0.1 ',
  ' ',
  '\n',
  'a',
];

/** A run within a text that a reader could begin to read as something else at each place of the run. */
type Framed = [before: string, unit: string, after: string];

const READERS: Record<string, { units: string[]; framed?: Framed[]; read: (text: string) => unknown }> = {
  Markdown: {
    units: [...MARKDOWN, ...MARKUP],
    framed: [
      ['# a', ' ', '{'],
      ['# a', '{', ' '],
      ['<A', ' ', '<'],
      ['import', ' ', 'a'],
      ['import a', ' from', ' a'],
      [':::', ' ', '\u2028'],
      [';--8<--', ' ', '\u2028'],
      ['{/*', '*/} ', 'a'],
      ['!!! a', ' a', '"'],
      ['[a]: ', '<', '"'],
      ['![', '[a]', ''],
      ['![](', '(a)', ''],
    ],
    read: (text) => [readMarkdownTitle(text), ...readMarkdown([removeSiteMarkup(text)], null)],
  },
  HTML: {
    units: PAGE,
    framed: [
      ['<p>', '*', ' a'],
      ['<p>a', '_', ' a'],
      ['<a href="b">a', ' ', '\nb</a>'],
      ['<p style="', ' ;', '">'],
    ],
    read: (text) => [readHtmlTitle(text), ...readMarkdown(readHtml(text), null)],
  },
  'embedded data': {
    units: DATA,
    framed: [
      ['', `${'a'.repeat(60)}\n`, ''],
      ['data:a/b;base64,A', '\n ', 'b'],
    ],
    read: replaceEmbeddedData,
  },
  'front matter': {
    units: FIELDS,
    read: (text) => ['', '---\n', '+++\n', '{\n', '<!-- '].map((head) => readFrontMatter(head + text)),
  },
  'inline marks': { units: [...MARKDOWN, ...MARKUP], read: toPlainText },
  sentences: { units: PROSE, read: splitSentences },
  tokens: { units: [...PROSE, ...MARKUP], read: countTokens },
  excerpts: {
    units: [...PROSE, ...MARKDOWN, ...MARKUP],
    read: (text) =>
      selectExcerpts(
        'What does a limit of b do?',
        [{ number: 1, text: text.slice(0, CHUNK_CHARS), score: 1 }],
        { count: 3, maxChars: 300 },
      ),
  },
};

// Work that takes the square of the length does not end within the time limit of a test.
describe.each(Object.entries(READERS))('reading %s', (_, { units, framed = [], read }) => {
  it.each([...framed, ...units.map((unit): Framed => ['', unit, ''])])(
    'takes time in proportion to the length of a run: %j, many %j, %j',
    (before, unit, after) => {
      const run = before + unit.repeat(Math.ceil(CHARS / unit.length)) + after;
      expect([undefined, 'is nested too deeply to be read']).toContain(
        refusalOf(() => read(`${run}x\n\ny`))?.message,
      );
    },
  );
});

/** What the reader refuses the text for, undefined when it reads it. */
function refusalOf(read: () => unknown): UnreadableDocumentError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return error;
    throw error;
  }
}
