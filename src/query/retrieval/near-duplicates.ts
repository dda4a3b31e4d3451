import type { Passage } from '../../postgres/search/search.repository.ts';
import { splitWords } from '../../text/words.ts';

/** Words per shingle. With fewer, shingles match by chance; with more, a small edit changes many of them. */
const SHINGLE_WORDS = 4;
/** Share of a passage's shingles in a better passage from which it counts as a duplicate. Raising it keeps more repetition. */
const MAX_SHARED = 0.8;

/**
 * Drops each passage that nearly repeats a better one. Passages come best first. Comparing takes milliseconds, so a passage
 * is compared only when it is requested.
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

/** The shingles of a text. A text of few words is one shingle. */
function readShingles(text: string): Set<string> {
  const words = splitWords(text);
  const joined = words.join(' ');
  const shingles = new Set<string>();
  let start = 0;
  let end = words.slice(0, SHINGLE_WORDS).join(' ').length;
  shingles.add(joined.slice(start, end));
  for (let next = SHINGLE_WORDS; next < words.length; next++) {
    start += (words[next - SHINGLE_WORDS]?.length ?? 0) + 1;
    end += (words[next]?.length ?? 0) + 1;
    shingles.add(joined.slice(start, end));
  }
  return shingles;
}
