import type { ResetReason } from '../query/answer-stream/answer-event.ts';
import type { Source } from '../query/answer/answer.ts';
import type { toResponse } from '../query/answer/response.ts';
import { measureCharacters, paint, printable, toLine } from './terminal.ts';

/** The response at the end of a stream. */
export type AnswerResponse = ReturnType<typeof toResponse>;

/** Where an answer is written; a terminal tells its size. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const TAB = 8;

/** Shows an answer as it comes. On a terminal, text that is dropped disappears; elsewhere a line says that it counts no more. */
export class AnswerView {
  /** Lines and columns that the cursor has gone since the answer began. */
  private row = 0;
  private column = 0;
  private hasText = false;
  private hasNotice = false;

  constructor(private readonly screen: Screen) {}

  /** A sentence that says how the answer is less than usual. */
  showNotice(notice: string): void {
    this.hasNotice = true;
    this.write(toLine(notice), (text) => paint('yellow', text));
    this.write('\n\n');
  }

  /** A part of the text. */
  addText(text: string): void {
    this.hasText = true;
    this.write(printable(text));
  }

  /** The text and notice so far are dropped. */
  drop(reason: ResetReason, target: string): void {
    const why = explainReset(reason, toLine(target));
    const { screen, row } = this;
    // What has scrolled away cannot be taken back.
    const canErase = screen.isTTY === true && row < (screen.rows ?? 0) - 1;
    if (canErase) this.screen.write(`${row > 0 ? `\u001b[${row}A` : ''}\r\u001b[J`);
    else if (this.hasText || this.hasNotice) this.screen.write('\n\n');
    const line = canErase ? `(${why})` : `[The text above is dropped: ${why}. The answer begins again.]`;
    this.screen.write(`${paint('dim', line)}\n\n`);
    this.row = this.column = 0;
    this.hasText = this.hasNotice = false;
  }

  /** The end: what the notice says of an answer that was none before, and the passages with their numbers. */
  finish({ sources, metadata }: AnswerResponse): void {
    this.endLine();
    const notice = metadata?.notice;
    if (notice && !this.hasNotice) this.screen.write(`\n${paint('yellow', toLine(notice))}\n`);
    if (sources.length > 0) this.screen.write(`\n${paint('bold', 'Sources')}\n`);
    for (const source of sources) this.screen.write(`${showSource(source)}\n`);
  }

  /** Ends a line that was begun. */
  endLine(): void {
    if (this.column > 0 || this.row > 0) this.screen.write('\n');
  }

  private write(text: string, show = (shown: string) => shown): void {
    this.screen.write(show(text));
    const columns = this.screen.columns || Infinity;
    for (const { character, width } of measureCharacters(text)) {
      if (character === '\n') {
        this.row++;
        this.column = 0;
      } else if (character === '\t') {
        this.column = Math.min(columns, (Math.floor(this.column / TAB) + 1) * TAB);
      } else if (this.column + width > columns) {
        this.row++;
        this.column = width;
      } else this.column += width;
    }
  }
}

function showSource({ number, title, heading, url, document_id: id }: Source): string {
  const name = [title, heading?.replaceAll(' > ', ' › ')].filter(Boolean).join(' › ');
  const place = url ?? id;
  return `${paint('cyan', `[${number}]`)} ${name === '' ? '' : `${toLine(name)}  `}${paint('dim', toLine(place))}`;
}

function explainReset(reason: ResetReason, target: string): string {
  if (reason === 'model_answered') return `${target} answers after all`;
  if (reason === 'text_revised') return `${target} has revised it`;
  return `${target} broke off (${toLine(reason)})`;
}
