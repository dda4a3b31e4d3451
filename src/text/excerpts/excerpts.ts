import { cutPieces } from '../clauses.ts';
import type { Span } from '../sentences.ts';
import { findTerms, readTerms, type Reading, shareOfTerms, weighTerms } from './term-weights.ts';
import { fillUp, overlaps, type Passage, spanFrom, type Window } from './windows.ts';

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

// How much the surroundings count beside the window itself, and how far they reach in characters.
const nearWeight = 0.5;
const nearChars = 150;
/** Retrieval scores that are nearly equal (fused ranks are) still mean an order. */
const rankDecay = 0.1;
/** What each window already taken from a passage costs its next one: the answer may be where nothing was looked at yet. */
const repetitionCost = 0.03;
/** What a window is worth more that goes on with the sentence in which one already taken breaks off. */
const continuation = 0.15;

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
    if (!hit.sure || hit.start < start || hit.end > end) continue;
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
        window.rank === best.rank ? { ...window, score: window.score + changeBy(best, window) } : window,
      );
  }
  return taken;
}

/** What taking the one window changes the other one's score by. */
function changeBy(taken: Window, other: Window): number {
  const between = taken.passage.text.slice(taken.end, Math.max(taken.end, other.start));
  const goesOn = other.start >= taken.end && other.sentence === taken.lastSentence && between.trim() === '';
  return (goesOn ? continuation : 0) - repetitionCost;
}

function isBetter(a: Window, b: Window): boolean {
  return (b.score - a.score || a.rank - b.rank || a.start - b.start) < 0;
}
