import type { Span } from '../sentences.ts';
import type { Hit } from './term-weights.ts';
import type { Unit, UnitText } from './unit-list.ts';

/** A passage to quote from, best first; `score` is the retrieval's, on any scale from 0 up. */
export interface Passage {
  number: number;
  text: string;
  score?: number;
}

/** A passage that has been read for a question. */
export interface PassageReading extends UnitText {
  passage: Passage;
  /** Its place among the passages, from 0. */
  rank: number;
  hits: Hit[];
  /** The units that are quoted already, here or in the same words elsewhere, by their index. */
  said: Set<number>;
}

/** Neighbouring units, from `first` up to and including `last`, by their index. */
export interface Window {
  reading: PassageReading;
  first: number;
  last: number;
}

/** A unit of fewer words may be quoted again, such as `}`, and is not quoted alone. Raising it lets more repetition through. */
const TELLING_WORDS = 4;
/** The least share of letters and digits in a quotation that is read, rather than looked at. */
const LEAST_LETTERS = 0.55;

/** The window of the given unit, and of those that follow in its paragraph, list, table or code, as many as fit. */
export function windowFrom(reading: PassageReading, first: number, maxChars: number): Window {
  const window = { reading, first, last: first };
  extendWindow(window, maxChars, false);
  return window;
}

/** Adds the units that follow the window, then those before it, as many as fit and belong to it. */
export function fillWindow(window: Window, maxChars: number): void {
  extendWindow(window, maxChars, true);
  const { units, said } = window.reading;
  for (let first = window.first - 1; first >= 0; first--) {
    const unit = units[first];
    const next = units[first + 1];
    if (!unit || !next || said.has(first) || (unit.isBare && !unit.announces)) return;
    if (!mayFollow(unit, next, true)) return;
    if (lengthOf({ ...window, first }) > maxChars) return;
    if (unit.isOpening) window.first = first;
  }
}

function extendWindow(window: Window, maxChars: number, mayCross: boolean): void {
  const { units, said } = window.reading;
  let { last } = window;
  const words = new Set([units[last]?.words]);
  for (let next = last + 1; next < units.length; next++) {
    const unit = units[next];
    const previous = units[last];
    if (!unit || !previous || said.has(next) || !mayFollow(previous, unit, mayCross)) break;
    if (isTelling(unit) && words.has(unit.words)) break;
    if (lengthOf({ ...window, last: next }) > maxChars) break;
    words.add(unit.words);
    last = next;
  }
  window.last = lastWhole(window, last);
}

/** Code follows prose, and a table follows anything, only where it was announced. */
function mayFollow(previous: Unit, unit: Unit, mayCross: boolean): boolean {
  if (previous.announces) return true;
  if (unit.isBare || previous.isCode !== unit.isCode) return false;
  return previous.block === unit.block || (mayCross && !unit.isCode && unit.head === '');
}

/** The last unit up to `last` where the window may end: at no announcement, and in code after a statement or else a line. */
function lastWhole({ reading: { units }, last: least }: Window, last: number): number {
  let line: number | undefined;
  for (let end = last; end > least; end--) {
    const unit = units[end];
    const next = units[end + 1];
    if (!unit || unit.announces || unit.leadsOn) continue;
    line ??= end;
    if (!unit.isCode || !next?.isCode || next.block !== unit.block || next.isOpening) return end;
  }
  const isBegun = units[least]?.isCode || units[least]?.announces;
  return isBegun ? (line ?? least) : least;
}

/** Whether a reader can do something with the window alone. */
export function isQuotable({ reading: { units }, first, last }: Window): boolean {
  let words = 0;
  let letters = 0;
  let signs = 0;
  let isBare = true;
  for (let index = first; index <= last; index++) {
    const unit = units[index];
    if (!unit) continue;
    if (!unit.isBare) isBare = false;
    words += unit.wordCount;
    letters += unit.letterCount;
    signs += unit.signCount;
  }
  return !isBare && !units[last]?.announces && words >= TELLING_WORDS && letters >= signs * LEAST_LETTERS;
}

/** Marks the window's units as said, and those of all passages that say the same. */
export function markSaid(window: Window, readings: readonly PassageReading[]): void {
  const { reading, first, last } = window;
  const words = reading.units
    .slice(first, last + 1)
    .map((unit) => unit.words)
    .join('')
    .replaceAll('  ', ' ');
  for (const other of readings)
    for (const [index, unit] of other.units.entries())
      if (unit.words.length <= words.length && isTelling(unit) && words.includes(unit.words))
        other.said.add(index);
  for (let index = first; index <= last; index++) reading.said.add(index);
}

function isTelling({ wordCount }: Unit): boolean {
  return wordCount >= TELLING_WORDS;
}

/** Where the window's units stand in the text of the reading. */
export function spanOf({ reading: { units }, first, last }: Window): Span {
  return { start: units[first]?.start ?? 0, end: units[last]?.end ?? 0 };
}

/** What is shown around the text of a window: the head of a table, the mark of a list's item, an ellipsis at a cut. */
export function frameOf({ reading: { units }, first, last }: Window): {
  head: string;
  before: string;
  after: string;
} {
  const begun = units[first];
  let isPartOfList = false;
  for (let index = first + 1; index <= last; index++) if (units[index]?.mark) isPartOfList = true;
  return {
    head: begun?.head ? `${begun.head}\n` : '',
    before: `${begun?.isCutBefore ? '… ' : ''}${isPartOfList ? (begun?.mark ?? '') : ''}`,
    after: units[last]?.isCutAfter ? ' …' : '',
  };
}

function lengthOf(window: Window): number {
  const { start, end } = spanOf(window);
  const { head, before, after } = frameOf(window);
  return head.length + before.length + end - start + after.length;
}
