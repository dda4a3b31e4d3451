/**
 * A tenant's revisions count up from a random multiple of this number. Revisions of two databases therefore differ, and an
 * answer stored before a database was replaced is never taken for fresh.
 */
export const REVISIONS_PER_CORPUS = 2 ** 32;

/** Whether two revisions are from the same database. */
export function isSameCorpus(one: number, other: number): boolean {
  return Math.floor(one / REVISIONS_PER_CORPUS) === Math.floor(other / REVISIONS_PER_CORPUS);
}

/** Whether a revision came after another one of the same database. */
export function isLater(one: number, other: number): boolean {
  return isSameCorpus(one, other) && one > other;
}
