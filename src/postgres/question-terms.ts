/** A term of a question that stands in the tenant's chunks. */
export interface QuestionTerm {
  id: number;
  /** In how many chunks it stands, at least 1. */
  chunks: number;
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

/** BM25's weight of each term, by inverse document frequency (Robertson and Zaragoza, 2009, in Lucene's form). */
export function weighTerms(terms: readonly QuestionTerm[], chunks: number): Map<number, number> {
  return new Map(
    terms.map((term) => [
      term.id,
      Math.log(1 + Math.max(0, chunks - term.chunks + 0.5) / (term.chunks + 0.5)),
    ]),
  );
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
  for (const term of rarestFirst) {
    if (expected <= max) break;
    expected *= term.chunks / chunks;
    ids.push(term.id);
  }
  return { match: 'all', ids };
}
