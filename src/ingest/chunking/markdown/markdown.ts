import type { MarkedToken } from 'marked';
import { cutSpan } from '../../../text/sentences.ts';
import { toProse } from '../../../text/plain-text.ts';
import { type Block, paragraph } from '../blocks.ts';
import { readToken } from './markdown-blocks.ts';
import { lexBlocks } from './markdown-lexer.ts';
import { isNavigation } from './markdown-noise.ts';
import { htmlToMarkdown } from '../html/html.ts';

interface Heading {
  depth: number;
  text: string;
  /** Whether nothing stands under it yet. */
  isBare: boolean;
}

/** A heading longer than this is shortened in the path, and stands in the text as a whole. */
const maxHeadingChars = 120;

/**
 * Reads Markdown, given in pieces that end between blocks, as blocks under their headings. Front matter, comments, badges and HTML tags are left out, and so is
 * the heading that repeats the document's title, and tables of contents with their heading. A heading with nothing under it becomes text of the section above.
 */
export function* readMarkdown(markdown: Iterable<string>, title: string | null): Generator<Block> {
  const contents: Block[] = [];
  let isEmpty = true;
  for (const block of readSections(markdown, title, (left) => contents.push(left))) {
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
    const text = toProse(token.text).replace(/\s+/g, ' ');
    if (text === '') continue;
    yield* closeHeadings(path, token.depth, title);
    path.push({ depth: token.depth, text: shorten(text), isBare: text.length <= maxHeadingChars });
    if (text.length > maxHeadingChars) yield paragraph(joinPath(path, title), text);
  }
  yield* closeHeadings(path, 1, title);
}

/** The title that a Markdown document gives itself: its first H1, else the heading it begins with, else null. */
export function readMarkdownTitle(markdown: string): string | null {
  let first: MarkedToken | undefined;
  for (const token of readTokens(markdown)) {
    if (token.type === 'space') continue;
    first ??= token;
    if (token.type === 'heading' && token.depth === 1 && toProse(token.text)) return readHeading(token.text);
  }
  return first?.type === 'heading' ? readHeading(first.text) || null : null;
}

function readHeading(text: string): string {
  return shorten(toProse(text).replace(/\s+/g, ' '));
}

function* readAll(pieces: Iterable<string>): Generator<MarkedToken> {
  for (const piece of pieces) yield* readTokens(piece);
}

/** The blocks of a document, those within HTML ones as well. */
function* readTokens(markdown: string): Generator<MarkedToken> {
  const body = dropFrontMatter(markdown.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'));
  for (const token of lexBlocks(body)) {
    if (token.type === 'html') yield* lexBlocks(htmlToMarkdown(token.raw));
    else yield token;
  }
}

/** Front matter is YAML between two lines of dashes at the very beginning: its first line names a field. */
function dropFrontMatter(markdown: string): string {
  if (!/^---[ \t]*\n\s*[\w"'-]+[ \t]*:/.test(markdown)) return markdown;
  const end = /\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(markdown);
  return end ? markdown.slice(end.index + end[0].length) : markdown;
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
