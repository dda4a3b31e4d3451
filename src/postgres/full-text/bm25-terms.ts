/** A term of a question that stands in the tenant's chunks. */
export interface QuestionTerm {
  id: number;
  /** In how many chunks it stands, at least 1. */
  chunks: number;
  /** Whether it is spelt as in the question; otherwise accents or points tell the two apart. */
  exact: boolean;
  /** In how many chunks it and its other spellings stand, added up. */
  family: number;
  /** Whether it may be what was meant: the question has no accents at all, or its own spelling stands nowhere. */
  likely: boolean;
}

/** Which chunks are ranked: those with any, or those with all of the terms. */
export interface Candidates {
  match: 'any' | 'all';
  ids: number[];
}

/**
 * Chunks that are ranked, about: the terms that go beyond it count in the ranking only. The next number is for questions
 * for which too few were found so.
 */
export const CANDIDATES = [2_000, 8_000, Infinity] as const;

/** What another spelling counts for: less than the question's own, and hardly anything where accents were typed. */
const OTHER_SPELLING = { likely: 0.8, unlikely: 0.05 };

/**
 * BM25's weight of each term, by inverse document frequency (Robertson and Zaragoza, 2009, in Lucene's form). Another
 * spelling is as rare as all of them together.
 */
export function weighTerms(terms: readonly QuestionTerm[], chunks: number): Map<number, number> {
  return new Map(
    terms.map(({ id, exact, likely, chunks: among, family }) => [
      id,
      exact
        ? weighRarity(among, chunks)
        : weighRarity(family, chunks) * OTHER_SPELLING[likely ? 'likely' : 'unlikely'],
    ]),
  );
}

/** A term that names a chunk: its id, and in how many chunks it stands. */
export type HeadingTerm = [id: number, chunks: number];

/**
 * How far a question and a heading have the same words, 0 to 1: twice what they share over all that they have (Dice's
 * coefficient), with words weighed by their rarity. Words of the question that stand nowhere have no weight.
 * @param weights of the question's terms
 * @param chunks in all
 */
export function matchHeading(
  weights: ReadonlyMap<number, number>,
  heading: readonly HeadingTerm[],
  chunks: number,
): number {
  let shared = 0;
  let all = 0;
  for (const weight of weights.values()) all += weight;
  for (const [id, among] of heading) {
    all += weighRarity(among, chunks);
    shared += weights.get(id) ?? 0;
  }
  return all > 0 ? (2 * shared) / all : 0;
}

function weighRarity(among: number, chunks: number): number {
  return Math.log(1 + Math.max(0, chunks - among + 0.5) / (among + 0.5));
}

/**
 * Chooses the chunks to rank so that their number stays bounded however large the corpus is: those with any of the
 * rarest terms; when even the rarest is too frequent, those with all of the rarest few, as many as it takes if terms
 * stood in chunks independently.
 * @param max of `CANDIDATES`
 */
export function chooseCandidates(
  terms: readonly QuestionTerm[],
  chunks: number,
  max: number = CANDIDATES[0],
): Candidates {
  const rarestFirst = terms.toSorted((a, b) => a.chunks - b.chunks || a.id - b.id);
  const ids: number[] = [];
  let expected = 0;
  for (const term of rarestFirst) {
    if (expected + term.chunks > max) break;
    expected += term.chunks;
    ids.push(term.id);
  }
  if (ids.length > 0) return { match: 'any', ids };
  expected = chunks;
  // No chunk needs to have more than one spelling of a word.
  const spelt = rarestFirst.filter(({ exact }) => exact);
  for (const term of spelt.length > 0 ? spelt : rarestFirst.slice(0, 1)) {
    if (expected <= max) break;
    expected *= term.chunks / chunks;
    ids.push(term.id);
  }
  return { match: 'all', ids };
}
