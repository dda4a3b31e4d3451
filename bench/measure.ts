import { percentile } from '../src/cli/ranking.ts';

/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** The median and the 99th percentile of milliseconds, for a table. */
export function showQuantiles(samples: readonly number[]): string {
  return `p50 ${showMs(median(samples))}, p99 ${showMs(percentile(samples, 0.99))}`;
}

/** Milliseconds in microseconds, for a table. */
export function showMicros(ms: number): string {
  return `${(ms * 1_000).toFixed(2)} µs`;
}

/** Milliseconds for a table: with a decimal below a tenth of a second. */
function showMs(ms: number): string {
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

/** A named piece of work that yields one sample per round. */
export type Variants<Name extends string> = Record<Name, () => Promise<number>>;

/**
 * Runs every variant once per round, one after the other and each round in the other direction, so that a machine that
 * becomes slower or faster meanwhile is unfair to none. The first round only warms up.
 * @returns the median of each variant's samples
 */
export async function compare<Name extends string>(
  variants: Variants<Name>,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const sample = await variants[name]();
      if (round > 0) samples[name].push(sample);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples[name])])) as Record<Name, number>;
}
