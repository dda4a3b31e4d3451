/** Longer questions are compared in their order, and begun elsewhere, alone. */
const MOST_WORDS = 12;

/** Whether two lists of the same words mean the same although their order differs. */
export function isSameInOtherOrder(a: readonly string[], b: readonly string[]): boolean {
  if (isSameList(a, b)) return true;
  // The two halves of two words are the words themselves.
  const turns = a.length > 2 ? a.map((_, turn) => [...a.slice(turn), ...a.slice(0, turn)]) : [a];
  if (turns.some((turned) => isSameList(turned, b))) return true;
  return a.length <= MOST_WORDS && !turns.some((turned) => isExchanged(turned, b));
}

/** Whether two lists hold the same in the same order. */
export function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

/** Whether two stretches have changed places: who beat whom, and the way back. */
function isExchanged(a: readonly string[], b: readonly string[]): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = a.length;
  while (end > start && a[end - 1] === b[end - 1]) end--;
  const [was, is] = [a.slice(start, end), b.slice(start, end)];
  return was.some((_, first) =>
    was.some((__, last) => {
      const [head, tail] = [was.slice(0, first + 1), was.slice(was.length - last - 1)];
      if (head.length + tail.length > was.length) return false;
      const between = was.slice(head.length, was.length - tail.length);
      return isSameList([...tail, ...between, ...head], is);
    }),
  );
}
