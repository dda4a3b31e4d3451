import type { Clock } from '../time/clock.ts';
import { LatencyHistogram } from './latency-histogram.ts';

/** Six parts make an hour: a duration is forgotten after 50 to 60 minutes. Raised, old ones count for longer. */
const PART_MS = 600_000;
const PARTS = 6;

/** The durations of about the last hour, in bounded memory. */
export class RecentLatency {
  private parts: { number: number; count: number; latencies: LatencyHistogram }[] = [];

  constructor(private readonly clock: Clock) {}

  /** Records a duration in milliseconds. */
  add(ms: number): void {
    const number = Math.floor(this.clock.now() / PART_MS);
    let part = this.parts.at(-1);
    if (part?.number !== number) {
      part = { number, count: 0, latencies: new LatencyHistogram() };
      this.parts = [...this.recent, part];
    }
    part.count++;
    part.latencies.add(ms);
  }

  /** How many durations are known. */
  get count(): number {
    return this.recent.reduce((sum, { count }) => sum + count, 0);
  }

  /** The duration in milliseconds that 99 of 100 did not exceed, within 5 %; null when none is known. */
  get p99(): number | null {
    return LatencyHistogram.from(this.recent.flatMap(({ latencies }) => latencies.pairs)).quantile(0.99);
  }

  private get recent() {
    const since = Math.floor(this.clock.now() / PART_MS) - PARTS;
    return this.parts.filter(({ number }) => number > since);
  }
}
