import { LRUCache } from 'lru-cache';
import type { MarkedToken, Tokens } from 'marked';
import { lexBlocks } from '../markdown/lexer.ts';
import { toPlainText } from '../markdown/plain-text.ts';
import { type Span, splitSentences } from '../sentences.ts';
import { CELL_END, joinCells, UnitList, type UnitText } from './unit-list.ts';

/** Lists and quotes inside each other are looked into so far. Deeper ones are read as one paragraph. */
const MAX_DEPTH = 3;
/** A list's number, or letter, that stands like a sentence of its own. */
const NUMBERING = /^\(?(?:\p{N}{1,3}|\p{L})[.)]$/u;
/** A line that begins with a sign of a list that Markdown does not know. */
const LISTED_LINE = /\n(?=[^\S\n]*[•▪◦‣·–—]\s)/;
/** A paragraph in bold type, of up to three words without an end, or a table's head alone: a heading in all but name. */
const LABEL = /^\s*(?:\*\*[^*]+\*\*|__[^_]+__|\|[^\n]*\||[^\s.!?。！？…]+(?:\s+[^\s.!?。！？…]+){0,2})\s*$/;
const LEADING_LINE = /^\s*(?:\/\/|# )|[([{]$/;
const ONLY_ANCHORS = /^(?:\s*\[[^\]]*\]\(#[^()]*\)[\s,|·•/-]*)+$/;

/**
 * Memory for the passages that were read last, in bytes; reading one takes longer than choosing from it. Raising it spares
 * work where questions reach more passages: a passage takes about nine times its length.
 */
const CACHE_BYTES = 8_388_608;
const UNIT_BYTES = 256;
const readBefore = new LRUCache<string, UnitText>({
  maxSize: CACHE_BYTES,
  sizeCalculation: ({ text, units }, key) =>
    2 * (key.length + 2 * text.length) + UNIT_BYTES * units.length + 1,
});

/** Reads a passage of Markdown as units, those longer than `maxChars` in pieces. */
export function readUnits(markdown: string, maxChars: number): UnitText {
  const key = `${maxChars} ${markdown}`;
  const known = readBefore.get(key);
  if (known) return known;
  const reader = new UnitReader(maxChars);
  reader.readBlocks(outdent(markdown), 0);
  const read = reader.list.read();
  readBefore.set(key, read);
  return read;
}

/** A piece of a list may begin with an indented item, which is no code. */
function outdent(markdown: string): string {
  const [indentation = ''] = /^[ \t]+/.exec(markdown) ?? [];
  return indentation === '' ? markdown : markdown.replaceAll(`\n${indentation}`, '\n').trimStart();
}

class UnitReader {
  readonly list: UnitList;
  private readonly maxChars: number;

  constructor(maxChars: number) {
    this.list = new UnitList(maxChars);
    this.maxChars = maxChars;
  }

  readBlocks(markdown: string, depth: number): void {
    for (const token of lexBlocks(markdown)) {
      if (depth === 0) this.list.block++;
      this.readBlock(token, depth);
    }
  }

  private readBlock(token: MarkedToken, depth: number): void {
    switch (token.type) {
      case 'space':
      case 'hr':
        return;
      case 'code':
        this.addCode(token.text);
        return;
      case 'table':
        this.addTable(token);
        return;
      case 'list':
        for (const item of token.items) this.readItem(item, token, depth);
        return;
      case 'blockquote':
        if (depth < MAX_DEPTH) this.readBlocks(token.raw.replace(/^ {0,3}> ?/gm, ''), depth + 1);
        else this.addProse(token.raw, false);
        return;
      case 'heading':
        this.addProse(token.text, true);
        return;
      default:
        this.addProse(token.raw, ONLY_ANCHORS.test(token.raw));
    }
  }

  private readItem(item: Tokens.ListItem, list: Tokens.List, depth: number): void {
    const text = item.text.replace(/^\[[ xX]\] +/, '');
    this.list.mark = list.ordered ? (/^\s*(\d{1,9}[.)]\s)/.exec(item.raw)?.[1] ?? '') : '- ';
    if (depth < MAX_DEPTH) this.readBlocks(text, depth + 1);
    else this.addProse(text, false);
    this.list.mark = '';
  }

  private addProse(markdown: string, isBare: boolean): void {
    const isLabel = isBare || (this.list.mark === '' && LABEL.test(markdown));
    for (const part of markdown.split(LISTED_LINE))
      for (const line of toPlainText(part).split('\n')) {
        this.list.addLine(line);
        for (const sentence of readSentences(line)) this.list.addUnit(sentence, { isBare: isLabel });
      }
  }

  /** The head is no unit: the rows carry it. */
  private addTable({ header, rows }: Tokens.Table): void {
    const names = header.map(writeCell);
    const head = joinCells(names);
    if (head !== '') this.list.addLine(head);
    this.list.mark = '';
    for (const row of rows) this.addRow(row.map(writeCell), names, head);
  }

  /** A row that fits is one unit but for the last cell's further sentences, so that none of them is quoted twice. */
  private addRow(texts: string[], header: string[], head: string): void {
    const line = joinCells(texts);
    const lastCell = texts.findLast(Boolean);
    if (lastCell === undefined) return;
    let start = this.list.addLine(line);
    const cells = texts.map((text) => {
      const cell = { start, end: start + text.length };
      if (text !== '') start = cell.end + CELL_END.length;
      return cell;
    });
    const row = { header, cells };
    const lastAt = line.length - lastCell.length;
    const [first, ...others] = line.length > this.maxChars ? [] : readSentences(lastCell);
    this.list.addUnit({ start: 0, end: first ? lastAt + first.end : line.length }, { head, row });
    for (const other of others)
      this.list.addUnit(
        { start: lastAt + other.start, end: lastAt + other.end },
        { head, row, isOpening: false },
      );
  }

  /** A sentence without an end before code announces it, as one with a colon does. */
  private addCode(code: string): void {
    const previous = this.list.units.at(-1);
    if (previous && !previous.isCode && !previous.isBare && previous.head === '')
      previous.announces ||= !/[\p{STerm}\p{Pe}\p{Pf}"'…]$/u.test(this.list.line);
    const lines = code.split('\n').map((line) => line.trimEnd());
    const least = Math.min(...lines.filter(Boolean).map((line) => line.search(/\S/)));
    const beginsStatement = (line: string) =>
      line.search(/\S/) === least && /^\s*[^)\]}]*[\p{L}\p{N}]/u.test(line);
    const isWhole = lines.some(beginsStatement);
    for (const line of lines) {
      this.list.addLine(line);
      if (line === '') continue;
      const isOpening = isWhole ? beginsStatement(line) : line === lines[0];
      const leadsOn = LEADING_LINE.test(line);
      this.list.addUnit({ start: 0, end: line.length }, { isCode: true, isOpening, leadsOn });
    }
  }
}

/** The sentences of a line; a number that stands before one belongs to it. */
function readSentences(line: string): Span[] {
  const sentences: Span[] = [];
  let numberAt: number | undefined;
  const spans = splitSentences(line);
  for (const [index, { start, end }] of spans.entries()) {
    if (index < spans.length - 1 && NUMBERING.test(line.slice(start, end))) {
      numberAt ??= start;
      continue;
    }
    sentences.push({ start: numberAt ?? start, end });
    numberAt = undefined;
  }
  return sentences;
}

/** A cell as text of one line. */
function writeCell({ text }: Tokens.TableCell): string {
  return toPlainText(text).replaceAll('\n', ' ');
}
