import type { Passage } from '../../postgres/search/search.repository.ts';

/**
 * How much of a score is nearness in meaning. Similarities keep their own scale: a model that tells passages well apart
 * moves them far, one that finds everything alike hardly at all.
 */
const MEANING_SHARE = 0.4;

/** What one search by words and one by meaning found, each best first. */
export interface Findings {
  words: readonly Passage[];
  meaning: readonly Passage[];
  /** Cosine similarities by chunk id, of all found; those without a vector are missing. */
  similarities: ReadonlyMap<string, number>;
  /** The similarity below which two texts have nothing to do with each other. */
  minSimilarity: number;
}

/**
 * Puts both rankings together by a convex combination of their scores (Bruch, Gai and Ingber, TOIS 2023): the score by
 * words as a share of the best one, and the similarity above the least that counts. A passage without a vector is taken
 * to be as near as its words let expect. Scores are from 0 to 1.
 */
export function fuse({ words, meaning, similarities, minSimilarity }: Findings): Passage[] {
  const nearness = (similarity: number) => Math.max(0, (similarity - minSimilarity) / (1 - minSimilarity));
  const mostWords = words[0]?.score ?? 0;
  const nearest = nearness(Math.max(minSimilarity, ...similarities.values()));
  // A best score of 0 has no shares: nothing was found by words.
  const scored = mostWords > 0 ? words : [];
  const wordScores = new Map(scored.map(({ chunk_id: id, score }) => [id, score / mostWords]));
  const passages = new Map([...meaning, ...words].map((passage) => [passage.chunk_id, passage]));
  const share = scored.length > 0 ? MEANING_SHARE : 1;
  const fused = [...passages].map(([id, passage]) => {
    const byWords = wordScores.get(id) ?? 0;
    const similarity = similarities.get(id);
    const near = similarity === undefined ? byWords * nearest : nearness(similarity);
    return { ...passage, score: (1 - share) * byWords + share * near };
  });
  return fused.sort((a, b) => b.score - a.score || (a.chunk_id < b.chunk_id ? -1 : 1));
}
