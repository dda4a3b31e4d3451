import { z } from 'zod';
import { LatencyHistogram, type LatencyCounts } from './latency-histogram.ts';

/** How a service did over a time. Rates are 0–1, and null without calls. */
const healthWindowSchema = z.object({
  calls: z.number().describe('Calls made, however they ended'),
  error_rate: z.number().nullable().describe('Failures among successes and failures'),
  p50_ms: z.number().nullable().describe('How long the successful calls took, to 5 %'),
  p95_ms: z.number().nullable(),
  availability: z
    .number()
    .nullable()
    .describe('Successes among successes, failures and calls that the guard refused'),
});
export type HealthWindow = z.infer<typeof healthWindowSchema>;

/** How a service did over the last minute and hour. */
export const serviceHealthSchema = z.object({ minute: healthWindowSchema, hour: healthWindowSchema });
export type ServiceHealth = z.infer<typeof serviceHealthSchema>;

/** Counts of a service's calls over a time. */
export interface HealthCounts {
  successes: number;
  failures: number;
  ignored: number;
  rejected: number;
  /** Of the successes. */
  latencies: LatencyCounts;
}

/** Computes rates and latencies from counts. */
export function summarise(counts: HealthCounts): HealthWindow {
  const { successes, failures, ignored, rejected } = counts;
  const latencies = LatencyHistogram.from(counts.latencies);
  return {
    calls: successes + failures + ignored,
    error_rate: share(failures, successes + failures),
    p50_ms: latencies.quantile(0.5),
    p95_ms: latencies.quantile(0.95),
    availability: share(successes, successes + failures + rejected),
  };
}

/** Adds the counts of several times or instances. */
export function addCounts(all: HealthCounts[]): HealthCounts {
  const sum = (count: (counts: HealthCounts) => number) =>
    all.reduce((total, counts) => total + count(counts), 0);
  return {
    successes: sum((counts) => counts.successes),
    failures: sum((counts) => counts.failures),
    ignored: sum((counts) => counts.ignored),
    rejected: sum((counts) => counts.rejected),
    latencies: LatencyHistogram.from(all.flatMap((counts) => counts.latencies)).pairs,
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Number((part / whole).toFixed(4));
}
