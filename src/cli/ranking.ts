/** Documents by id with their grade; more than 0 is a hit. */
export type Judgements = Record<string, number>;

/** The averages over all questions; every measure but the times is from 0 to 1. */
export interface RankingScores {
  questions: number;
  ndcgAt10: number;
  recallAt10: number;
  recallAt100: number;
  hitAt1: number;
  hitAt3: number;
  hitAt10: number;
  /** The mean of 1 through the rank of the first hit; 0 beyond the tenth. */
  mrrAt10: number;
  p50Ms: number;
  p99Ms: number;
}

/** The value below which a share `share` (0–1) of the samples lies, by the nearest rank; NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** A document stands where the best of its passages does. */
export function rankDocuments(passages: readonly { document_id: string }[]): string[] {
  return [...new Set(passages.map(({ document_id: id }) => id))];
}

/** Normalised discounted cumulative gain at `depth` (Järvelin and Kekäläinen, TOIS 2002), with the grades as gains. */
export function ndcg(ranking: readonly string[], judgements: Judgements, depth: number): number {
  const ideal = sumGains(
    Object.values(judgements)
      .sort((a, b) => b - a)
      .slice(0, depth),
  );
  if (ideal === 0) return 0;
  return sumGains(ranking.slice(0, depth).map((id) => judgements[id] ?? 0)) / ideal;
}

function sumGains(grades: readonly number[]): number {
  return grades.reduce((sum, grade, index) => sum + grade / Math.log2(index + 2), 0);
}

/** Adds up how good and how fast rankings were. */
export class RankingTally {
  private readonly sums = {
    ndcgAt10: 0,
    recallAt10: 0,
    recallAt100: 0,
    hitAt1: 0,
    hitAt3: 0,
    hitAt10: 0,
    mrrAt10: 0,
  };
  private readonly ms: number[] = [];

  add(ranking: readonly string[], judgements: Judgements, ms: number): void {
    const wanted = Object.keys(judgements).filter((id) => (judgements[id] ?? 0) > 0);
    const found = (depth: number) => {
      const top = new Set(ranking.slice(0, depth));
      return wanted.filter((id) => top.has(id)).length;
    };
    const { sums } = this;
    sums.ndcgAt10 += ndcg(ranking, judgements, 10);
    sums.recallAt10 += found(10) / wanted.length;
    sums.recallAt100 += found(100) / wanted.length;
    for (const [name, depth] of [
      ['hitAt1', 1],
      ['hitAt3', 3],
      ['hitAt10', 10],
    ] as const)
      if (found(depth) > 0) sums[name]++;
    const first = ranking.slice(0, 10).findIndex((id) => wanted.includes(id));
    if (first !== -1) sums.mrrAt10 += 1 / (first + 1);
    this.ms.push(ms);
  }

  scores(): RankingScores {
    const questions = this.ms.length;
    const averages = Object.fromEntries(
      Object.entries(this.sums).map(([name, sum]) => [name, sum / questions]),
    ) as typeof this.sums;
    return { questions, ...averages, p50Ms: percentile(this.ms, 0.5), p99Ms: percentile(this.ms, 0.99) };
  }
}
