import type { Passage } from '../../postgres/search/search.repository.ts';

/** Words in a shingle: fewer stand together by chance, more differ with every small edit. */
const SHINGLE_WORDS = 4;
/** Share of a passage's shingles in a better one, from which on it says nothing new. */
const MAX_SHARED = 0.8;

/**
 * Leaves out each passage that nearly repeats a better one; the passages come best first. Comparing them takes
 * milliseconds, so each is judged only when it is asked for.
 */
export function* removeNearDuplicates<T extends Pick<Passage, 'text'>>(passages: readonly T[]): Generator<T> {
  const kept: Set<string>[] = [];
  for (const passage of passages) {
    const shingles = readShingles(passage.text);
    if (kept.some((better) => shareIn(shingles, better) >= MAX_SHARED)) continue;
    kept.push(shingles);
    yield passage;
  }
}

function shareIn(shingles: Set<string>, others: Set<string>): number {
  let shared = 0;
  for (const shingle of shingles) if (others.has(shingle)) shared++;
  return shared / shingles.size;
}

/** Never empty: a text of few words is one shingle. */
function readShingles(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const count = Math.max(1, words.length - SHINGLE_WORDS + 1);
  return new Set(
    Array.from({ length: count }, (_, start) => words.slice(start, start + SHINGLE_WORDS).join(' ')),
  );
}
