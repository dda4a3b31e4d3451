/** From so many words on they can be begun elsewhere: of fewer, both orders may be sentences that mean something else. */
const LEAST_TURNED = 6;
/** Comparing takes time that grows with the square: questions of more words must be in the same order. */
const MOST_REORDERED = 100;
/** From so many words on they may be in no order. */
const LEAST_JUMBLED = 6;
/** Then at most this share of them still follows each other, and still stands right behind the word it stood behind. */
const MOST_IN_ORDER = 0.6;
const MOST_TOGETHER = 1 / 3;

/** Whether one list is the other begun elsewhere, and long enough to mean the same. */
export function isRotation(a: readonly string[], b: readonly string[]): boolean {
  if (a.length < LEAST_TURNED || a.length > MOST_REORDERED) return false;
  return a.some((_, turn) => isSameList([...a.slice(turn), ...a.slice(0, turn)], b));
}

/**
 * Whether a list that is in no order shows nothing of the other's order, which holds the same words: who beat whom, and the
 * way back, with a mistake in them, have most words in order, or most beside the same ones.
 */
export function isShuffle(a: readonly string[], b: readonly string[]): boolean {
  return (
    a.length >= LEAST_JUMBLED &&
    a.length <= MOST_REORDERED &&
    countInOrder(a, b) <= MOST_IN_ORDER * a.length &&
    countTogether(a, b) <= MOST_TOGETHER * a.length
  );
}

/** Whether two lists hold the same in the same order. */
export function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

/** The length of their longest common subsequence. */
function countInOrder(a: readonly string[], b: readonly string[]): number {
  let above = Array.from({ length: b.length + 1 }, () => 0);
  for (const word of a) {
    const row = [0];
    for (const [index, other] of b.entries())
      row.push(word === other ? (above[index] ?? 0) + 1 : Math.max(above[index + 1] ?? 0, row[index] ?? 0));
    above = row;
  }
  return above[b.length] ?? 0;
}

/** How many neighbours of the one are neighbours in the other. */
function countTogether(a: readonly string[], b: readonly string[]): number {
  const pairs = new Set(a.slice(1).map((word, index) => JSON.stringify([a[index], word])));
  return b.slice(1).filter((word, index) => pairs.has(JSON.stringify([b[index], word]))).length;
}
