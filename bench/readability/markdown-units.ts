import { marked, type MarkedToken, type Token, type Tokens } from 'marked';
import { readHtmlUnits } from './html-units.ts';
import { splitIntoLines, splitIntoSentences, type Unit } from './units.ts';

const frontMatter = /^\uFEFF?---[ \t]*\n[\s\S]*?\n(?:---|\.\.\.)[ \t]*(?:\n|$)/;
/** What generators of sites add to Markdown: admonitions, attributes, templates. */
const siteMarkup =
  /^[ \t]*:::.*$|^[ \t]*\{:[^}\n]*\}[ \t]*$|[ \t]*\{[#:][\w:.#= -]*\}|\{%[^%\n]*%\}|\{\{[<%][^\n]*?[>%]\}\}/gm;
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Markdown without front matter and without what only a site generator reads. */
export function withoutSiteMarkup(markdown: string): string {
  return markdown.replace(/\r\n?/g, '\n').replace(frontMatter, '').replace(siteMarkup, '');
}

/** The units of Markdown, as a reader sees them. */
export function* readMarkdownUnits(markdown: string): Generator<Unit> {
  yield* readBlocks(marked.lexer(markdown));
}

function* readBlocks(tokens: readonly Token[]): Generator<Unit> {
  for (const token of tokens as MarkedToken[]) yield* readBlock(token);
}

function* readBlock(token: MarkedToken): Generator<Unit> {
  switch (token.type) {
    case 'space':
    case 'hr':
    case 'def':
      return;
    case 'heading':
      yield { text: readInline(token.tokens), kind: 'heading' };
      return;
    case 'code':
      yield* splitIntoLines(token.text);
      return;
    case 'html':
      yield* readHtmlUnits(token.text);
      return;
    case 'list':
      for (const item of token.items) yield* readBlocks(item.tokens);
      return;
    case 'blockquote':
      yield* readBlocks(token.tokens);
      return;
    case 'table':
      yield* readTable(token);
      return;
    default:
      for (const line of readInline([token]).split('\n\n')) yield* splitIntoSentences(line);
  }
}

/** Each cell by itself, and each row once more with the names of its columns, as it may be read aloud. */
function* readTable({ header, rows }: Tokens.Table): Generator<Unit> {
  const names = header.map((cell) => readInline(cell.tokens));
  const cells = rows.map((row) => row.map((cell) => readInline(cell.tokens)));
  for (const row of [names, ...cells]) for (const cell of row) yield* splitIntoSentences(cell);
  for (const row of cells)
    yield { text: row.map((cell, column) => `${names[column]} ${cell}`).join(' '), kind: 'prose' };
}

/** The text of inline tokens; a line break that is shown counts as a paragraph's. */
function readInline(tokens: readonly Token[] | undefined): string {
  let text = '';
  for (const token of (tokens ?? []) as MarkedToken[]) {
    if (token.type === 'br') text += '\n\n';
    else if (token.type === 'html') text += ' ';
    else if ('tokens' in token && token.tokens) text += readInline(token.tokens);
    else if ('text' in token) text += token.type === 'codespan' ? token.text : decode(token.text);
  }
  return text;
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hexadecimal) return String.fromCodePoint(Number.parseInt(hexadecimal as string, 16));
    return entities[name as string] ?? whole;
  });
}
