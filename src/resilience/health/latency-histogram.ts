/** Each bucket is a tenth longer than the one before it: its middle is within 5 % of every duration in it. */
const GROWTH = 1.1;
/** Shorter ones count as this, longer ones as an hour: at most 200 buckets. */
const SHORTEST_MS = 0.1;
const LONGEST_MS = 3_600_000;

/** How many durations fell into which bucket. */
export type LatencyCounts = [bucket: number, count: number][];

/** Durations, counted in buckets that grow with them; memory is bounded however many there are. */
export class LatencyHistogram {
  private readonly counts = new Map<number, number>();

  /** A histogram with the counts of others, in which a bucket may occur more than once. */
  static from(pairs: LatencyCounts): LatencyHistogram {
    const histogram = new LatencyHistogram();
    for (const [bucket, count] of pairs) histogram.addTo(bucket, count);
    return histogram;
  }

  get pairs(): LatencyCounts {
    return [...this.counts];
  }

  add(ms: number): void {
    const bounded = Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS);
    this.addTo(Math.round(Math.log(bounded) / Math.log(GROWTH)), 1);
  }

  /** The duration in milliseconds that the given share (0–1) of them did not exceed (nearest rank); null without any. */
  quantile(share: number): number | null {
    const buckets = [...this.counts].sort(([a], [b]) => a - b);
    const total = buckets.reduce((sum, [, count]) => sum + count, 0);
    let seen = 0;
    for (const [bucket, count] of buckets) {
      seen += count;
      if (seen >= share * total) return Number((GROWTH ** bucket).toPrecision(3));
    }
    return null;
  }

  private addTo(bucket: number, count: number): void {
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + count);
  }
}
