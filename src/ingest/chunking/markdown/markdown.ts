import type { MarkedToken, Tokens } from 'marked';
import { cutSpan } from '../../../text/sentences.ts';
import { lexBlocks } from '../../../text/markdown/lexer.ts';
import { toPlainText } from '../../../text/markdown/plain-text.ts';
import { type Block, paragraph } from '../blocks.ts';
import { readToken } from './markdown-blocks.ts';
import { cleanMarkdown, isNavigation } from './markdown-noise.ts';
import { htmlToMarkdown } from '../html/html.ts';

interface Heading {
  depth: number;
  text: string;
  /** Whether there is no text under it yet. */
  isBare: boolean;
}

/** A longer heading is shortened in the path, and becomes a paragraph as a whole. */
const maxHeadingChars = 120;

/**
 * Reads Markdown, in pieces that end between blocks, as blocks under their headings. Drops comments, badges, HTML
 * tags, the heading that repeats the document's title, and tables of contents with their heading. A heading
 * without text becomes text of the section above.
 */
export function* readMarkdown(markdown: Iterable<string>, title: string | null): Generator<Block> {
  const contents: Block[] = [];
  let isEmpty = true;
  for (const block of readSections(markdown, title, (content) => contents.push(content))) {
    isEmpty = false;
    yield block;
  }
  // A document needs a text, and this one has no other.
  if (isEmpty) yield* contents;
}

/** @param leaveOut gets the tables of contents */
function* readSections(
  markdown: Iterable<string>,
  title: string | null,
  leaveOut: (block: Block) => void,
): Generator<Block> {
  const path: Heading[] = [];
  for (const token of readAll(markdown)) {
    if (isNavigation(token)) {
      for (const block of readToken(token, joinPath(path, title))) leaveOut(block);
      for (const heading of path) heading.isBare = false;
      continue;
    }
    if (token.type !== 'heading') {
      for (const block of readToken(token, joinPath(path, title))) {
        for (const heading of path) heading.isBare = false;
        yield block;
      }
      continue;
    }
    const text = readHeading(token);
    if (text === '') continue;
    yield* closeHeadings(path, token.depth, title);
    path.push({ depth: token.depth, text: shorten(text), isBare: text.length <= maxHeadingChars });
    if (text.length > maxHeadingChars) yield paragraph(joinPath(path, title), text);
  }
  yield* closeHeadings(path, 1, title);
}

/** The title in a Markdown document: its first H1, else the heading it begins with, else null. */
export function readMarkdownTitle(markdown: string): string | null {
  let first: MarkedToken | undefined;
  for (const token of readTokens(markdown)) {
    if (token.type === 'space') continue;
    first ??= token;
    if (token.type === 'heading' && token.depth === 1 && readHeading(token))
      return shorten(readHeading(token));
  }
  return first?.type === 'heading' ? shorten(readHeading(first)) || null : null;
}

function readHeading({ text }: Tokens.Heading): string {
  return toPlainText(cleanMarkdown(text)).replaceAll('\n', ' ');
}

function* readAll(pieces: Iterable<string>): Generator<MarkedToken> {
  for (const piece of pieces) yield* readTokens(piece);
}

/** The blocks of a document, with those within HTML blocks. */
function* readTokens(markdown: string): Generator<MarkedToken> {
  for (const token of lexBlocks(markdown)) {
    if (token.type === 'html') yield* lexBlocks(htmlToMarkdown(token.raw));
    else yield token;
  }
}

function* closeHeadings(path: Heading[], depth: number, title: string | null): Generator<Block> {
  for (let last = path.at(-1); last && last.depth >= depth; last = path.at(-1)) {
    path.pop();
    if (!last.isBare) continue;
    for (const heading of path) heading.isBare = false;
    yield paragraph(joinPath(path, title), `${'#'.repeat(last.depth)} ${last.text}`);
  }
}

function joinPath(path: Heading[], title: string | null): string | null {
  const texts = path.map(({ text }) => text);
  if (title !== null && texts[0] === title.trim()) texts.shift();
  return texts.length > 0 ? texts.join(' > ') : null;
}

function shorten(text: string): string {
  if (text.length <= maxHeadingChars) return text;
  const [start] = cutSpan(text, { start: 0, end: text.length }, maxHeadingChars);
  return `${text.slice(0, start?.end)}…`;
}
