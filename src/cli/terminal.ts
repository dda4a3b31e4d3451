import { styleText } from 'node:util';
import { ALLOWS_COLOURS } from '../config/terminal.ts';

/** How a text is shown on a terminal. */
export type Style = Exclude<Parameters<typeof styleText>[0], readonly unknown[]>;

/** A cell of a table. */
export type Cell = string | { text: string; style: Style };

/** What stands between two columns of a table. */
const GAP = '  ';
/** The least a column is narrowed to. Raised, tables need wider terminals. */
const MIN_COLUMN = 6;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3ffff}]|\p{Emoji_Presentation}/u;
const COLOUR = new RegExp(`(${String.fromCharCode(27)}\\[\\d{1,3}m)`);
const WITHOUT_WIDTH = /^[\p{M}\p{Cf}]+$/u;
const graphemes = new Intl.Segmenter();

/** A text of somebody else in a style on a terminal that shows colours; elsewhere the text alone. */
export function paint(style: Style, text: string): string {
  const shown = printable(text);
  return showsColours() ? styleText(style, shown, { validateStream: false }) : shown;
}

function showsColours(): boolean {
  const { stdout } = process;
  return stdout.isTTY && ALLOWS_COLOURS && stdout.hasColors();
}

/** Prints a value as JSON when that was asked for, otherwise its lines. */
export function print(isJson: boolean | undefined, value: unknown, toText: () => string): void {
  writeOutput(isJson ? toJson(value) : toText());
}

/** Writes lines to stdout, in which nothing but the colours of `paint` controls a terminal. */
export function writeOutput(text: string): void {
  process.stdout.write(`${withColours(text)}\n`);
}

/** Writes lines to stderr, in which nothing controls a terminal. */
export function writeError(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** A text without characters that control a terminal, but with the colours of `paint`, its line ends and tabs. */
export function withColours(text: string): string {
  return showsColours() ? text.split(COLOUR).map(printableBetween).join('') : printable(text);
}

/** Every second part is a colour. */
function printableBetween(part: string, index: number): string {
  return index % 2 === 0 ? printable(part) : part;
}

/** JSON on one line, without characters that control a terminal. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text of somebody else without characters that control a terminal, but with its line ends and tabs. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}--[\n\t]]/gv, '');
}

/** A text of somebody else on one line. */
export function toLine(text: string): string {
  return printable(text.replace(/\s+/g, ' ').trim());
}

/** The parts of a text that a terminal shows as one character, with the columns that each takes. */
export function* measureCharacters(text: string): Generator<{ character: string; width: number }> {
  for (const { segment: character } of graphemes.segment(text))
    yield { character, width: WITHOUT_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1 };
}

/**
 * A table with a head. On a terminal it is as wide as that at most: the widest columns are cut. Elsewhere nothing is cut.
 * @param head the names of the columns; empty for none
 */
export function formatTable(
  head: string[],
  rows: Cell[][],
  width = process.stdout.columns || Infinity,
): string {
  const all: Cell[][] =
    head.length > 0 ? [head.map((text) => ({ text, style: 'bold' as const })), ...rows] : rows;
  const widths: number[] = [];
  for (const row of all)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, widthOf(textOf(cell)));
  let excess = widths.reduce((sum, columns) => sum + columns + GAP.length, -GAP.length) - width;
  for (; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= MIN_COLUMN) break;
    widths[widest]!--;
  }
  return all
    .map((row) => row.map((cell, column) => fit(cell, widths[column]!, column === row.length - 1)).join(GAP))
    .join('\n');
}

function textOf(cell: Cell): string {
  return toLine(typeof cell === 'string' ? cell : cell.text);
}

function widthOf(text: string): number {
  let sum = 0;
  for (const { width } of measureCharacters(text)) sum += width;
  return sum;
}

/** A cell in so many columns: cut, or filled unless it is the last of its row. */
function fit(cell: Cell, columns: number, isLast: boolean): string {
  let text = textOf(cell);
  let used = widthOf(text);
  if (used > columns) {
    const kept: string[] = [];
    used = 1;
    for (const { character, width } of measureCharacters(text)) {
      if (used + width > columns) break;
      kept.push(character);
      used += width;
    }
    text = `${kept.join('')}…`;
  }
  const shown = typeof cell === 'string' ? text : paint(cell.style, text);
  return isLast ? shown : shown + ' '.repeat(columns - used);
}
