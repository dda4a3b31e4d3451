import { findTerms, readTerms, shareOfTerms, weighTerms } from './term-weights.ts';
import { type Excerpt, quoteAll } from './quotes.ts';
import { readUnits } from './units.ts';
import {
  fillWindow,
  isQuotable,
  markSaid,
  type Passage,
  type PassageReading,
  spanOf,
  type Window,
  windowFrom,
} from './windows.ts';

interface Limits {
  /** At most so many excerpts, of at most so many UTF-16 units each. */
  count: number;
  maxChars: number;
}

interface ScoredWindow extends Window {
  score: number;
  /** What the windows taken before change the score by. */
  change: number;
}

// How much the surroundings count beside the window itself, and how far they reach in characters.
const nearWeight = 0.5;
const nearChars = 150;
/** Retrieval scores that are nearly equal (fused ranks are) still mean an order. */
const rankDecay = 0.1;
/** What each window already taken from a passage costs its next one: the answer may be where nothing was looked at yet. */
const repetitionCost = 0.03;
/** What it costs a window to begin in the middle of a sentence: a reader lacks the beginning. */
const cutCost = 0.2;

/**
 * Picks the units of the passages that a question is most likely answered in, best first, with their neighbours up to
 * `maxChars`. No unit overlaps or repeats another one. Where no term of the question is found these are the beginnings of the
 * best passages.
 * Takes time in proportion to the text.
 */
export function selectExcerpts(question: string, passages: Passage[], limits: Limits): Excerpt[] {
  const { windows, readings } = chooseWindows(question, passages, limits);
  for (const window of windows) {
    fillWindow(window, limits.maxChars);
    markSaid(window, readings);
  }
  return quoteAll(windows);
}

/** Like selectExcerpts, but only with the neighbours of the same paragraph, list, table or code. */
export function selectUnits(question: string, passages: Passage[], limits: Limits): Excerpt[] {
  return quoteAll(chooseWindows(question, passages, limits).windows);
}

/** The best windows, which are marked as said in the readings. */
function chooseWindows(question: string, passages: Passage[], { count, maxChars }: Limits) {
  const terms = readTerms(question);
  const readings = passages.map((passage, rank): PassageReading => {
    const { text, units } = readUnits(passage.text, maxChars);
    return { passage, rank, text, units, hits: findTerms(text, terms), said: new Set() };
  });
  const weights = weighTerms(terms, readings);
  const bestScore = Math.max(Number.MIN_VALUE, ...passages.map(({ score }) => score ?? 1));
  const score = (window: Window) => scoreWindow(window, bestScore, weights);
  const all = readings.flatMap((reading) => readWindows(reading, maxChars));
  const quotable = all.filter(isQuotable);
  let left = (quotable.length > 0 ? quotable : all).map(score);
  if (weights.size === 0) left = left.filter(({ reading }, index) => left[index - 1]?.reading !== reading);
  const taken: Window[] = [];
  while (taken.length < count && left.length > 0) {
    const best = left.reduce((a, b) => (isBetter(b, a) ? b : a));
    taken.push(best);
    markSaid(best, readings);
    left = left.flatMap((window) => {
      if (window.reading === best.reading) window.change -= repetitionCost;
      return avoidSaid(window, maxChars).map((other) =>
        other === window ? window : { ...score(other), change: window.change },
      );
    });
  }
  return { windows: taken, readings };
}

function readWindows(reading: PassageReading, maxChars: number): Window[] {
  return [...reading.units.entries()].flatMap(([index, { isOpening }]) =>
    isOpening ? [windowFrom(reading, index, maxChars)] : [],
  );
}

/** The window without what is said already; nothing where it begins with that. */
function avoidSaid(window: Window, maxChars: number): Window[] {
  const { reading, first, last } = window;
  if (reading.said.has(first)) return [];
  for (let index = first; index <= last; index++) {
    if (!reading.said.has(index)) continue;
    const shorter = windowFrom(reading, first, maxChars);
    return isQuotable(shorter) ? [shorter] : [];
  }
  return [window];
}

function scoreWindow(window: Window, bestScore: number, weights: Map<string, number>): ScoredWindow {
  const { passage, rank, hits } = window.reading;
  const prior = (passage.score ?? 1) / bestScore / (1 + rankDecay * rank);
  const span = spanOf(window);
  const near = { start: span.start - nearChars, end: span.end + nearChars };
  const score = prior + shareOfTerms(hits, span, weights) + nearWeight * shareOfTerms(hits, near, weights);
  const cost = window.reading.units[window.first]?.isCutBefore ? cutCost : 0;
  return { ...window, score: score - cost, change: 0 };
}

function isBetter(a: ScoredWindow, b: ScoredWindow): boolean {
  return (
    (b.score + b.change - a.score - a.change || a.reading.rank - b.reading.rank || a.first - b.first) < 0
  );
}
