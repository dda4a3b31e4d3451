import { cutSpan, isInsideWord, type Span } from '../sentences.ts';
import { splitWords } from '../words.ts';
import { cutAtClauses } from './long-units.ts';

/** A row of a table. */
export interface Row {
  /** The names of the columns. */
  header: readonly string[];
  /** Where its cells stand in the text, one for each column; an empty one has no characters. */
  cells: readonly Span[];
}

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
  /** The row that it is of. */
  row: Row | undefined;
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
  readonly units: readonly Unit[];
}

/** What is not usual about a unit: it begins a quotation, and is prose outside of a table, unless it says otherwise. */
type UnitOptions = Partial<Pick<Unit, 'isCode' | 'isOpening' | 'isBare' | 'head' | 'row' | 'leadsOn'>>;

/** What stands between the cells of a row in the text. */
export const CELL_END = ' | ';

/** Room for the ellipses around a piece, in characters. */
const ELLIPSES = 4;

/** A plain text that grows line by line, with its units. */
export class UnitList {
  readonly units: Unit[] = [];
  /** The block that the next units are of. */
  block = 0;
  /** The mark of the list's item that begins next. */
  mark = '';
  /** The line that was added last. */
  line = '';
  private lineAt = 0;
  private readonly lines: string[] = [];
  private readonly maxChars: number;

  /** @param maxChars the longest unit; a longer one is cut into pieces */
  constructor(maxChars: number) {
    this.maxChars = maxChars;
  }

  /** What was added so far. */
  read(): UnitText {
    return { text: this.lines.join('\n'), units: this.units };
  }

  /** Adds a line, of which the next units are. @returns where it begins in the text */
  addLine(line: string): number {
    if (this.lines.length > 0) this.lineAt += this.line.length + 1;
    this.lines.push(this.mark + line);
    this.lineAt += this.mark.length;
    this.line = line;
    return this.lineAt;
  }

  /** Adds what stands in the span of the last line as a unit. */
  addUnit(span: Span, options: UnitOptions = {}): void {
    const { isCode = false, isOpening = true, isBare = false, head = '', row, leadsOn = false } = options;
    const { block, line, lineAt, mark } = this;
    const announces = !isCode && /[:：?？؟]/.test(line[span.end - 1] ?? '');
    this.mark = '';
    const isLong = span.end - span.start > this.maxChars;
    const pieces = isLong ? (isCode ? cutSpan : cutAtClauses)(line, span, this.maxChars - ELLIPSES) : [span];
    for (const [index, { start, end }] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      const { words, wordCount, letterCount, signCount } = countWords(line.slice(start, end));
      this.units.push({
        start: lineAt + start,
        end: lineAt + end,
        block,
        isCode,
        isOpening: isOpening && (index === 0 || !isInsideWord(line, start)),
        isBare,
        announces: announces && isLast,
        isCutBefore: index > 0,
        isCutAfter: !isLast,
        mark,
        head,
        row,
        leadsOn,
        words,
        wordCount,
        letterCount,
        signCount,
      });
    }
  }
}

/** The cells of a row that are not empty, as a line. */
export function joinCells(texts: readonly string[]): string {
  return texts.filter(Boolean).join(CELL_END);
}

function countWords(text: string): Pick<Unit, 'words' | 'wordCount' | 'letterCount' | 'signCount'> {
  const words = splitWords(text.normalize('NFKC'));
  let letterCount = 0;
  for (const { length } of words) letterCount += length;
  const signCount = text.length - (text.match(/\s/g)?.length ?? 0);
  return { words: ` ${words.join(' ')} `, wordCount: words.length, letterCount, signCount };
}
