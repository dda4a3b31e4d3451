import type { MarkedToken, Tokens } from 'marked';
import { lexBlocks } from '../markdown/lexer.ts';
import { toPlainText } from '../markdown/plain-text.ts';
import { cutSpan, isInsideWord, type Span, splitSentences } from '../sentences.ts';
import { cutAtClauses } from './long-units.ts';

/** A sentence, list item, table row or line of code: what is quoted whole. A longer one comes in pieces. */
export interface Unit extends Span {
  /** The paragraph, list, table or code block that it is of, counted from 1. */
  block: number;
  isCode: boolean;
  /** Whether a quotation may begin with it: inside code only a line that begins a statement may. */
  isOpening: boolean;
  /** Whether it says nothing by itself: a heading, or a link to a place in the page. */
  isBare: boolean;
  /** Whether it ends with a colon: what follows belongs to it. */
  announces: boolean;
  /** Whether it is a piece of a unit that goes on before, and after it. */
  isCutBefore: boolean;
  isCutAfter: boolean;
  /** What stands before it where it is not alone: the mark of its list item. */
  mark: string;
  /** The head of its table. */
  head: string;
  /** Whether it is a line of code that says nothing without the next one: a comment, or one with an open bracket at its end. */
  leadsOn: boolean;
  /** Its words in small letters, with a space around each; their number, and the number of their letters and digits. */
  words: string;
  wordCount: number;
  letterCount: number;
  /** The number of its characters other than white space. */
  signCount: number;
}

/** A passage as plain text, and its units in order. */
export interface UnitText {
  text: string;
  units: Unit[];
}

/** Lists and quotes inside each other are looked into so far. Deeper ones are read as one paragraph. */
const MAX_DEPTH = 3;
/** Room for the ellipses around a piece, in characters. */
const ELLIPSES = 4;
/** A list's number, or letter, that stands like a sentence of its own. */
const NUMBERING = /^\(?(?:\p{N}{1,3}|\p{L})[.)]$/u;
/** A line that begins with a sign of a list that Markdown does not know. */
const LISTED_LINE = /\n(?=[^\S\n]*[•▪◦‣·–—]\s)/;
/** A paragraph in bold type, or of up to three words without an end: a heading in all but name. */
const LABEL = /^\s*(?:\*\*[^*]+\*\*|__[^_]+__|[^\s.!?。！？…]+(?:\s+[^\s.!?。！？…]+){0,2})\s*$/;
const LEADING_LINE = /^\s*(?:\/\/|# )|[([{]$/;
const ONLY_ANCHORS = /^(?:\s*\[[^\]]*\]\(#[^()]*\)[\s,|·•/-]*)+$/;

/** Reads a passage of Markdown as units, those longer than `maxChars` in pieces. */
export function readUnits(markdown: string, maxChars: number): UnitText {
  const reader = new UnitReader(maxChars);
  reader.readBlocks(outdent(markdown), 0);
  return reader;
}

/** A piece of a list may begin with an indented item, which is no code. */
function outdent(markdown: string): string {
  const [indentation = ''] = /^[ \t]+/.exec(markdown) ?? [];
  return indentation === '' ? markdown : markdown.replaceAll(`\n${indentation}`, '\n').trimStart();
}

class UnitReader implements UnitText {
  text = '';
  readonly units: Unit[] = [];
  private block = 0;
  private mark = '';

  private readonly maxChars: number;

  constructor(maxChars: number) {
    this.maxChars = maxChars;
  }

  readBlocks(markdown: string, depth: number): void {
    for (const token of lexBlocks(markdown)) {
      if (depth === 0) this.block++;
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
    this.mark = list.ordered ? (/^\s*(\d{1,9}[.)]\s)/.exec(item.raw)?.[1] ?? '') : '- ';
    if (depth < MAX_DEPTH) this.readBlocks(text, depth + 1);
    else this.addProse(text, false);
    this.mark = '';
  }

  private addProse(markdown: string, isBare: boolean): void {
    const isLabel = isBare || (this.mark === '' && LABEL.test(markdown));
    for (const part of markdown.split(LISTED_LINE))
      for (const line of toPlainText(part).split('\n')) {
        const at = this.addLine(line);
        for (const { start, end } of readSentences(line))
          this.addUnit({ start: at + start, end: at + end }, { isBare: isLabel });
      }
  }

  private addTable({ header, rows }: Tokens.Table): void {
    const head = writeRow(header);
    for (const [index, row] of [header, ...rows].entries()) {
      const line = writeRow(row);
      if (line === '') continue;
      const at = this.addLine(line);
      const isBare = index === 0;
      this.addUnit(
        { start: at, end: at + line.length },
        { isBare, head: index > 1 ? head : '', announces: isBare },
      );
    }
  }

  private addCode(code: string): void {
    const lines = code.split('\n').map((line) => line.trimEnd());
    const indents = lines.filter(Boolean).map((line) => line.search(/\S/));
    const beginsStatement = (line: string) =>
      line.search(/\S/) === Math.min(...indents) && /^\s*[^)\]}]*[\p{L}\p{N}]/u.test(line);
    const isWhole = lines.some(beginsStatement);
    for (const line of lines) {
      const at = this.addLine(line);
      if (line === '') continue;
      const isOpening = isWhole ? beginsStatement(line) : line === lines[0];
      this.addUnit(
        { start: at, end: at + line.length },
        { isCode: true, isOpening, leadsOn: LEADING_LINE.test(line) },
      );
    }
  }

  /** Where the line begins in the text. */
  private addLine(line: string): number {
    if (this.text !== '') this.text += '\n';
    this.text += this.mark;
    const at = this.text.length;
    this.text += line;
    return at;
  }

  private addUnit(span: Span, options: Partial<Unit>): void {
    const { start, end } = span;
    const announces = options.isCode !== true && /[:：]$/.test(this.text.slice(start, end));
    const unit = {
      block: this.block,
      isCode: false,
      isOpening: true,
      isBare: false,
      announces,
      isCutBefore: false,
      isCutAfter: false,
      mark: this.mark,
      head: '',
      leadsOn: false,
      ...options,
    };
    this.mark = '';
    const cut = unit.isCode ? cutSpan : cutAtClauses;
    const isLong = end - start > this.maxChars;
    const pieces = isLong ? cut(this.text, span, this.maxChars - ELLIPSES) : [span];
    for (const [index, piece] of pieces.entries())
      this.units.push({
        ...unit,
        ...piece,
        ...countWords(this.text.slice(piece.start, piece.end)),
        announces: announces && index === pieces.length - 1,
        isOpening: unit.isOpening && (index === 0 || !isInsideWord(this.text, piece.start)),
        isCutBefore: index > 0,
        isCutAfter: index < pieces.length - 1,
      });
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

function countWords(text: string): Pick<Unit, 'words' | 'wordCount' | 'letterCount' | 'signCount'> {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const letterCount = words.reduce((sum, { length }) => sum + length, 0);
  const signCount = text.replace(/\s+/g, '').length;
  return { words: ` ${words.join(' ')} `, wordCount: words.length, letterCount, signCount };
}

function writeRow(cells: Tokens.TableCell[]): string {
  return cells
    .map(({ text }) => toPlainText(text).replaceAll('\n', ' '))
    .filter(Boolean)
    .join(' | ');
}
