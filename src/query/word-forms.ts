const SHORTEST_PLURAL = 5;
const SHORTEST_BASE = 3;

/**
 * Whether two words are forms of one: a plural, or a verb with `ed` or `ing`. Other endings make other words, as of Niger
 * and Nigeria, methane and methanol, employer and employee; with a digit in them, words are exact.
 */
export function isSameWord(a: string, b: string): boolean {
  if (a === b) return true;
  if (/\p{N}/u.test(a + b)) return false;
  const bases = basesOf(a);
  return basesOf(b).some((base) => bases.includes(base));
}

/**
 * What all forms of a word have in common, as `isSameWord` sees them; far from every two words that have it are forms of
 * one. With a digit in it a word is its own.
 */
export function stemOf(word: string): string {
  if (/\p{N}/u.test(word)) return word;
  for (let stem = word; ;) {
    const shorter = stem.replace(/(?:ing|ed|[seyi])+$/, '').replace(/([^aeiou])\1$/, '$1');
    // Nothing but endings, as in `seed`.
    if (shorter === '') return word.slice(0, 1);
    if (shorter === stem) return stem;
    stem = shorter;
  }
}

/** What a word may be a form of, itself among it. */
function basesOf(word: string): string[] {
  const bases = [word];
  if (word.length >= SHORTEST_PLURAL && /[^s]s$/.test(word)) bases.push(word.slice(0, -1));
  if (/(?:[sxzo]|ch|sh|[^aeiou\W])es$/.test(word) && word.length > SHORTEST_PLURAL)
    bases.push(word.slice(0, -2));
  if (word.endsWith('ies') && word.length > SHORTEST_PLURAL) bases.push(`${word.slice(0, -3)}y`);
  const verb = /^(.*[aeiouy].*)(?:ed|ing)$/.exec(word)?.[1];
  if (verb !== undefined && verb.length >= SHORTEST_BASE) {
    bases.push(verb, `${verb}e`);
    if (/([^aeiou])\1$/.test(verb)) bases.push(verb.slice(0, -1));
  }
  return bases;
}
