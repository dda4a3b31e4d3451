/**
 * Revisions of a tenant's documents count up from a random multiple of this: so those of one database are none of
 * another's, and what was remembered before a database was replaced is never taken for what is remembered of it.
 */
export const REVISIONS_PER_CORPUS = 2 ** 32;

/** Whether two revisions are of the same documents at two times. */
export function isSameCorpus(one: number, other: number): boolean {
  return Math.floor(one / REVISIONS_PER_CORPUS) === Math.floor(other / REVISIONS_PER_CORPUS);
}

/** Whether a revision came after another one of the same documents. */
export function isLater(one: number, other: number): boolean {
  return isSameCorpus(one, other) && one > other;
}
