import type { Passage } from '../postgres/search.repository.ts';

/** The constant of reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009). */
const RANK_CONSTANT = 60;

/**
 * Fuses ranked lists: a passage's score is the sum of 1 / (60 + rank) over the lists it is in, divided by the
 * best possible sum, so that 1 means first in every list.
 */
export function fuseRankings(rankings: Passage[][]): Passage[] {
  const fused = new Map<string, Passage>();
  for (const ranking of rankings) {
    for (const [index, passage] of ranking.entries()) {
      const known = fused.get(passage.chunk_id) ?? { ...passage, score: 0 };
      known.score += (RANK_CONSTANT + 1) / (RANK_CONSTANT + 1 + index) / rankings.length;
      fused.set(passage.chunk_id, known);
    }
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || (a.chunk_id < b.chunk_id ? -1 : 1));
}
