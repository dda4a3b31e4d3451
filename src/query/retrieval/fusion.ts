import type { Passage } from '../../postgres/search/search.repository.ts';

/**
 * The weight of similarity in a score. Similarities keep their own scale, so that a model that distinguishes passages well
 * has more effect than one that finds everything similar. Raising it trusts vectors more than words.
 */
const MEANING_SHARE = 0.4;

/** The results of full text and vector search, each best first. */
export interface Findings {
  words: readonly Passage[];
  meaning: readonly Passage[];
  /** Cosine similarities by chunk id. Chunks without a vector are missing. */
  similarities: ReadonlyMap<string, number>;
  /** The similarity below which two texts count as unrelated. */
  minSimilarity: number;
}

/**
 * Fuses both rankings by a convex combination of their scores (Bruch, Gai and Ingber, TOIS 2023): the full-text score as a
 * share of the best one, and the similarity above the minimum. A passage without a vector gets the similarity that its
 * full-text score suggests. Scores are 0 to 1.
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

/** What naming a passage as the question asks adds to its score, as a share of it. Raising it trusts headings more than text. */
const HEADING_SHARE = 0.5;

/**
 * Ranks found passages anew, those first whose heading asks what the question asks. The match is squared, so that a word in
 * common changes little. Scores keep their scale.
 */
export function preferMatchingHeadings(passages: readonly Passage[]): Passage[] {
  const weighed = passages.map((passage) => {
    const share = HEADING_SHARE * (passage.headingMatch ?? 0) ** 2;
    return { ...passage, score: (passage.score * (1 + share)) / (1 + HEADING_SHARE) };
  });
  return weighed.sort((a, b) => b.score - a.score);
}
