import { cutSpan, isInsideWord, type Span } from '../sentences.ts';
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
  /** Whether it ends with a colon or asks a question: what follows belongs to it. */
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

/** Room for the ellipses around a piece, in characters. */
const ELLIPSES = 4;

/** A plain text that grows line by line, with its units. */
export class UnitList implements UnitText {
  text = '';
  readonly units: Unit[] = [];
  /** The block that the next units are of. */
  block = 0;
  /** The mark of the list's item that begins next. */
  mark = '';
  private readonly maxChars: number;

  /** @param maxChars the longest unit; a longer one is cut into pieces */
  constructor(maxChars: number) {
    this.maxChars = maxChars;
  }

  /** Adds a line and returns where it begins in the text. */
  addLine(line: string): number {
    if (this.text !== '') this.text += '\n';
    this.text += this.mark;
    const at = this.text.length;
    this.text += line;
    return at;
  }

  /** Adds what stands in the span of the text as a unit. */
  addUnit(span: Span, options: Partial<Unit>): void {
    const { start, end } = span;
    const announces = options.isCode !== true && /[:：?？؟]$/.test(this.text.slice(start, end));
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
        announces: unit.announces && index === pieces.length - 1,
        isOpening: unit.isOpening && (index === 0 || !isInsideWord(this.text, piece.start)),
        isCutBefore: index > 0,
        isCutAfter: index < pieces.length - 1,
      });
  }
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
