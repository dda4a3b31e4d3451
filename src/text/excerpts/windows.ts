import { type Piece, splitClauses } from '../clauses.ts';
import { firstEdge, isInsideWord, type Span } from '../sentences.ts';
import type { Hit } from './term-weights.ts';

/** A passage to quote from, best first; `score` is the retrieval's, on any scale from 0 up. */
export interface Passage {
  number: number;
  text: string;
  score?: number;
}

/** One or more pieces that follow each other. */
interface Stretch extends Piece {
  /** Where the sentence begins that the last of them is of. */
  lastSentence: number;
}

/** A stretch of a passage that may be quoted. */
export interface Window extends Stretch {
  passage: Passage;
  pieces: Piece[];
  /** The question's terms in the passage. */
  hits: Hit[];
  rank: number;
  score: number;
}

const blankLine = /\n[^\S\n]*\n/;

/** The window of as many whole pieces of a paragraph from the given one on as fit; of the rest of a word that was cut, that alone. */
export function spanFrom(text: string, pieces: Piece[], first: number, maxChars: number): Stretch {
  const begun = pieces[first] ?? { start: 0, end: 0, opens: true, closes: true, sentence: 0 };
  const span = { ...begun, lastSentence: begun.sentence };
  if (!begun.opens && isInsideWord(text, begun.start)) return span;
  let reached = span.end;
  for (let next = first + 1; ; next++) {
    const piece = pieces[next];
    if (!piece || piece.end - span.start > maxChars) return span;
    if (blankLine.test(text.slice(reached, Math.min(piece.start, span.start + maxChars)))) return span;
    reached = piece.end;
    // The beginning of a clause that is too long says less than nothing of it.
    if (span.closes && !piece.closes) continue;
    span.end = piece.end;
    span.closes = piece.closes;
    span.lastSentence = piece.sentence;
  }
}

/** Adds the sentences and clauses that fit after the window, then before it, up to the next window taken. */
export function fillUp(window: Window, all: readonly Window[], maxChars: number): void {
  const { text } = window.passage;
  const others = all.filter((other) => other !== window && other.rank === window.rank);
  const after = others.filter((other) => other.start >= window.end).map((other) => other.start);
  const before = others.filter((other) => other.end <= window.start).map((other) => other.end);
  const ceiling = Math.min(window.start + maxChars, ...after);
  const near = { start: window.end - maxChars, end: ceiling };
  const clauses = window.pieces
    .filter((piece) => overlaps(piece, near))
    .flatMap((piece) => splitClauses(text, piece));
  const last = clauses.findLast(({ end, closes }) => closes && end <= ceiling);
  if (last) window.end = Math.max(window.end, last.end);
  const floor = Math.max(0, window.end - maxChars, ...before);
  const first = window.opens
    ? clauses.find(({ start, opens }) => opens && start >= floor)?.start
    : firstEdge(text, floor, window.start);
  if (first === undefined || first >= window.start) return;
  window.start = window.end - text.slice(first, window.end).trimStart().length;
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
