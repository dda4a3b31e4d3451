/** From so many words on they can be begun elsewhere: of fewer, both orders may be sentences that mean something else. */
const LEAST_TURNED = 6;
/** From so many words on it shows that they are in no order at all; fewer where their order is one that no sentence has. */
const LEAST_SHUFFLED = 7;
const LEAST_JUMBLED = 6;
/** Comparing takes time that grows with the square: questions of more words must be in the same order. */
const MOST_REORDERED = 100;
/** Then at most this share of them still follows each other, and still stands right behind the word it stood behind. */
const MOST_IN_ORDER = 0.6;
const MOST_TOGETHER = 0.2;
const MOST_TOGETHER_JUMBLED = 1 / 3;

/** Whether one list is the other begun elsewhere, and long enough to mean the same. */
export function isTurned(a: readonly string[], b: readonly string[]): boolean {
  if (a.length < LEAST_TURNED || a.length > MOST_REORDERED) return false;
  return a.some((_, turn) => isSameList([...a.slice(turn), ...a.slice(0, turn)], b));
}

/**
 * Whether two lists of the same words show no order in common, as no two questions of these words would: who beat whom,
 * and the way back, have most words in order, or most beside the same ones.
 * @param isJumbled whether one of them is in an order that no sentence has
 */
export function isShuffled(
  a: readonly string[],
  b: readonly string[],
  { isJumbled }: { isJumbled: boolean },
): boolean {
  return (
    a.length >= (isJumbled ? LEAST_JUMBLED : LEAST_SHUFFLED) &&
    a.length <= MOST_REORDERED &&
    countInOrder(a, b) <= MOST_IN_ORDER * a.length &&
    countTogether(a, b) <= (isJumbled ? MOST_TOGETHER_JUMBLED : MOST_TOGETHER) * a.length
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
