import { cutPieces, type Piece, splitClauses } from './clauses.ts';
import { firstEdge, type Span } from './cutting.ts';
import type { Word } from './words.ts';
import { findTerms, readTerms, type Reading, shareOfTerms, weighTerms } from './term-weights.ts';

/** A passage to quote from, best first; `score` is the retrieval's, on any scale from 0 up. */
export interface Passage {
  number: number;
  text: string;
  score?: number;
}

/** A quotation: `text` is the passage's from `start` up to `end`, in UTF-16 units. */
export interface Excerpt extends Span {
  passage: number;
  text: string;
  /** Where the question's terms stand in `text`, in order and apart from each other. */
  terms: Span[];
}

interface Limits {
  /** At most so many excerpts, of at most so many UTF-16 units each. */
  count: number;
  maxChars: number;
}

interface Window extends Piece {
  passage: Passage;
  pieces: Piece[];
  /** The question's terms in the passage. */
  hits: Word[];
  rank: number;
  score: number;
}

// How much the surroundings count beside the window itself, and how far they reach in characters.
const nearWeight = 0.5;
const nearChars = 150;
/** Retrieval scores that are nearly equal (fused ranks are) still mean an order. */
const rankDecay = 0.1;
/** What each window already taken from a passage costs its next one: the answer may be where nothing was looked at yet. */
const repetitionCost = 0.03;
const blankLine = /\n[^\S\n]*\n/;

/**
 * Picks the stretches of the passages that a question is most likely answered in, best first.
 *
 * Whole sentences where they fit, then filled up to `maxChars` with the sentences and clauses around; cut inside a clause
 * only where that is longer than `maxChars`, never inside a word, and never overlapping. Where no term of the question is
 * found these are the beginnings of the best passages.
 * Takes time in proportion to the text.
 */
export function selectExcerpts(question: string, passages: Passage[], limits: Limits): Excerpt[] {
  const windows = chooseWindows(question, passages, limits);
  for (const window of windows) fillUp(window, windows, limits.maxChars);
  return windows.map(quote);
}

/** Like selectExcerpts, but without what stands around: only sentences, cut when longer than `maxChars`. */
export function selectSentences(question: string, passages: Passage[], limits: Limits): Excerpt[] {
  return chooseWindows(question, passages, limits).map(quote);
}

function quote({ passage, hits, start, end }: Window): Excerpt {
  const terms: Span[] = [];
  for (const hit of hits) {
    if (hit.start < start || hit.end > end) continue;
    const last = terms.at(-1);
    // The pairs of a script without spaces overlap.
    if (last && hit.start - start < last.end) last.end = hit.end - start;
    else terms.push({ start: hit.start - start, end: hit.end - start });
  }
  return { passage: passage.number, start, end, text: passage.text.slice(start, end), terms };
}

function chooseWindows(question: string, passages: Passage[], limits: Limits): Window[] {
  const terms = readTerms(question);
  const readings = passages.map((passage) => readPassage(passage.text, terms, limits.maxChars));
  const found = readings.some((reading) => reading.hits.length > 0);
  const weights = weighTerms(terms, readings);
  const bestScore = Math.max(Number.MIN_VALUE, ...passages.map((passage) => passage.score ?? 1));
  const windows = passages.flatMap((passage, rank) => {
    const { pieces, hits } = readings[rank] ?? { pieces: [], hits: [] };
    const prior = (passage.score ?? 1) / bestScore / (1 + rankDecay * rank);
    const starts = found ? pieces : pieces.slice(0, 1);
    return starts.map((_, first): Window => {
      const span = spanFrom(passage.text, pieces, first, limits.maxChars);
      const near = { start: span.start - nearChars, end: span.end + nearChars };
      const score =
        prior + shareOfTerms(hits, span, weights) + nearWeight * shareOfTerms(hits, near, weights);
      return { ...span, passage, pieces, hits, rank, score };
    });
  });
  return takeApart(windows, limits.count);
}

function readPassage(text: string, terms: Set<string>, maxChars: number): Reading {
  return { pieces: cutPieces(text, maxChars), hits: findTerms(text, terms) };
}

/** Greedy: the best window, then the best of those that don't overlap what was taken. */
function takeApart(windows: Window[], count: number): Window[] {
  const taken: Window[] = [];
  let left = windows;
  while (taken.length < count && left.length > 0) {
    const best = left.reduce((a, b) => (isBetter(b, a) ? b : a));
    taken.push(best);
    left = left
      .filter((window) => window.rank !== best.rank || !overlaps(window, best))
      .map((window) =>
        window.rank === best.rank ? { ...window, score: window.score - repetitionCost } : window,
      );
  }
  return taken;
}

function isBetter(a: Window, b: Window): boolean {
  return (b.score - a.score || a.rank - b.rank || a.start - b.start) < 0;
}

/** The window of as many whole pieces of a paragraph from the given one on as fit. */
function spanFrom(text: string, pieces: Piece[], first: number, maxChars: number): Piece {
  const span = { ...(pieces[first] ?? { start: 0, end: 0, opens: true, closes: true }) };
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
  }
}

/** Adds the sentences and clauses that fit after the window, then before it, up to the next window taken. */
function fillUp(window: Window, all: Window[], maxChars: number): void {
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

function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
