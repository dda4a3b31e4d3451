import type { MarkedToken, Tokens } from 'marked';
import { type Block, blockText, lines, paragraph, splitLines } from '../blocks.ts';
import { lexBlocks } from '../../../text/markdown/lexer.ts';
import { cleanMarkdown } from './markdown-noise.ts';

/** The depth of nested lists in which code is found. Deeper lists are lines of text. */
const maxListDepth = 3;

/** A block that shows nothing. Authors make space with references to special spaces. */
const BLANK = /^(?:\s|&(?:nbsp|ensp|emsp|thinsp|zwnj|#160);|\\$)*$/;

/** Reads one block of Markdown under a heading path. HTML must have been converted before. */
export function* readToken(token: MarkedToken, heading: string | null, listDepth = 0): Generator<Block> {
  const blocks = readBlocks(token, heading, listDepth);
  for (const block of blocks) if (!BLANK.test(blockText(block))) yield block;
}

function* readBlocks(token: MarkedToken, heading: string | null, listDepth: number): Generator<Block> {
  switch (token.type) {
    case 'space':
    case 'hr':
      return;
    case 'code':
      yield readCode(token, heading);
      return;
    case 'table':
      yield readTable(token, heading);
      return;
    case 'list':
      yield* readList(token, heading, listDepth);
      return;
    case 'blockquote':
      yield lines(heading, splitLines(cleanMarkdown(token.raw)));
      return;
    default:
      yield paragraph(heading, cleanMarkdown(token.raw));
  }
}

/** Repeats the head above each piece, and drops the padding of the columns. */
function readTable(token: Tokens.Table, heading: string | null): Block {
  const [head = '', rule = '', ...rows] = splitLines(cleanMarkdown(token.raw.trimEnd()));
  const [firstLine, ...others] = [head, rule.replace(/-{4,}/g, '---'), ...rows].map((line) =>
    line.replace(/ {2,}/g, ' '),
  );
  return rows.length > 0
    ? lines(heading, others.slice(1), `${firstLine}${others[0]}`)
    : lines(heading, [firstLine ?? '']);
}

/** Repeats the fence with its language around each piece, and adds one to indented code. Cuts between paragraphs of code first. */
function readCode(token: Tokens.Code, heading: string | null): Block {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(token.raw)?.[1] ?? (token.text.includes('```') ? '~~~~' : '```');
  if (token.text.trim() === '') return paragraph(heading, token.lang ?? '');
  return lines(heading, splitParagraphs(token.text), `${fence}${token.lang ?? ''}\n`, fence);
}

function splitParagraphs(code: string): string[] {
  const paragraphs: string[][] = [];
  let isBlank = true;
  for (const line of splitLines(`${code.trimEnd()}\n`)) {
    const wasBlank = isBlank;
    isBlank = line.trim() === '';
    if (wasBlank && !isBlank) paragraphs.push([]);
    paragraphs.at(-1)?.push(line);
  }
  return paragraphs.map((group) => group.join(''));
}

/** An item keeps the lists nested in it. Code within an item is a block of its own. */
function* readList(list: Tokens.List, heading: string | null, depth: number): Generator<Block> {
  let items: string[] = [];
  for (const item of list.items) {
    if (depth >= maxListDepth || !/^[ \t]*(?:[-*+]|\d{1,9}[.)])?[ \t]*(?:```|~~~)/m.test(item.raw)) {
      items.push(`${cleanMarkdown(item.raw).trimEnd()}\n`);
      continue;
    }
    yield lines(heading, items);
    items = [];
    const marker = /^\s*(?:[-*+]|\d{1,9}[.)])/.exec(item.raw)?.[0].trim() ?? '';
    for (const [index, token] of lexBlocks(item.text).entries()) {
      const isFirstText = index === 0 && (token.type === 'paragraph' || token.type === 'text');
      if (isFirstText) yield paragraph(heading, `${marker} ${cleanMarkdown(token.raw)}`);
      else yield* readToken(token, heading, depth + 1);
    }
  }
  yield lines(heading, items);
}
