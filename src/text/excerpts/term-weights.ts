import type { Span } from '../sentences.ts';
import { readWords, weighByLength, type Word } from '../words.ts';

/** Words that agree in their first letters are taken for forms of one word, in any language with endings. */
const stemLength = 6;
/** With this many in common they may be: good enough to find the place, not to point at it. */
const looseLength = 5;
/** So do a shorter word of at least so many letters and one that goes on by at most so many. */
const shortest = 4;
const longestEnding = 3;
/** Forms of one word agree in their first letters, at least so many. */
const startLength = 3;

/** The conjunction, prepositions and article that Arabic writes at the word they belong to. */
const arabicPrefixes = /^[وف]?(?:[بك]?ال|لل)(?=\p{L}{2})|^و(?=\p{L}{3})/u;

/** The terms of a question: its words, folded and stemmed. */
export function readTerms(question: string): Set<string> {
  return new Set([...readBases(question)].map(stem));
}

function* readBases(text: string): Generator<Word> {
  for (const word of readWords(text)) {
    if (word.folded < 'ء') {
      yield word;
      continue;
    }
    const folded = word.folded.replace(arabicPrefixes, '');
    yield folded === word.folded ? word : { ...word, folded };
  }
}

/** A word of a text that a term stands for. */
export interface Hit extends Word {
  /** Whether it is more than likely a form of the term. */
  sure: boolean;
}

/** Where the given terms stand in a text, in order; `folded` is the term. */
export function findTerms(text: string, terms: Set<string>): Hit[] {
  const hits: Hit[] = [];
  const beginnings = readBeginnings(terms);
  const loose = new Map([...terms].map((term) => [term.slice(0, looseLength), term]));
  const starts = new Set([...terms].map((term) => term.slice(0, startLength)));
  for (const word of readBases(text)) {
    if (!starts.has(word.folded.slice(0, startLength))) continue;
    const sure = matchTerm(word, terms) ?? beginnings.get(word.folded);
    const term = sure ?? loose.get(word.folded.slice(0, looseLength));
    if (term !== undefined) hits.push({ ...word, folded: term, sure: sure !== undefined });
  }
  return hits;
}

/** The term that the word is, or goes on from. */
function matchTerm(word: Word, terms: Set<string>): string | undefined {
  const { length } = word.folded;
  const least = Math.min(stemLength, Math.max(shortest, length - longestEnding));
  for (let term = stem(word); ; term = term.slice(0, -1)) {
    if (terms.has(term)) return term;
    if (term.length <= least) return undefined;
  }
}

/** What the terms go on from, with the term. */
function readBeginnings(terms: Set<string>): Map<string, string> {
  const beginnings = new Map<string, string>();
  for (const term of terms) {
    const least = Math.max(shortest, term.length - longestEnding);
    for (let length = least; length < term.length; length++) beginnings.set(term.slice(0, length), term);
  }
  return beginnings;
}

function stem(word: Word): string {
  return word.folded.slice(0, stemLength);
}

/** The units of a text, with the question's terms where they stand in it. */
export interface Reading {
  units: readonly Span[];
  hits: Hit[];
}

/**
 * Each found term's share of the question, all together 1: its inverse document frequency with the units as the
 * documents, times its weight by length.
 */
export function weighTerms(terms: Set<string>, readings: Reading[]): Map<string, number> {
  const frequency = new Map<string, number>();
  let count = 0;
  for (const { units, hits } of readings) {
    let next = 0;
    for (const unit of units) {
      count++;
      const seen = new Set<string>();
      for (let hit = hits[next]; hit && hit.start < unit.end; hit = hits[++next]) seen.add(hit.folded);
      for (const term of seen) frequency.set(term, (frequency.get(term) ?? 0) + 1);
    }
  }
  const weights = new Map<string, number>();
  let total = 0;
  for (const term of terms) {
    const among = frequency.get(term);
    if (!among) continue;
    const weight = Math.log(1 + count / (among + 0.5)) * weighByLength(term);
    weights.set(term, weight);
    total += weight;
  }
  for (const [term, weight] of weights) weights.set(term, weight / total);
  return weights;
}

/** The share of the question whose terms stand in the span, 0 to 1. */
export function shareOfTerms(
  hits: readonly Hit[],
  { start, end }: Span,
  weights: Map<string, number>,
): number {
  let low = 0;
  let high = hits.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((hits[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  const seen = new Set<string>();
  for (let hit = hits[low]; hit && hit.end <= end; hit = hits[++low]) seen.add(hit.folded);
  let share = 0;
  for (const term of seen) share += weights.get(term) ?? 0;
  return share;
}
