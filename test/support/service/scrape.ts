import { metricDefinitions } from '../../../src/telemetry/metric-definitions.ts';
import type { Service } from './service.ts';

/** The service's own series as Prometheus sees them; of histograms, whose sums are real time, the counts alone. */
export async function scrape({ url }: Service): Promise<Record<string, number>> {
  const response = await fetch(`${url}/metrics`);
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  const series = (await response.text())
    .split('\n')
    .map((line) => line.match(/^(([a-z_]+)(?:\{[^}]*\})?) (\S+)$/))
    .filter((match) => match !== null)
    .filter(([, , name = '']) => Object.hasOwn(metricDefinitions, name.replace(/_count$/, '')))
    .map(([, labelled, , value]) => [labelled, Number(value)] as const);
  return Object.fromEntries(series);
}

/** Those of one metric, by their labels as written. */
export function seriesOf(name: string, series: Record<string, number>): Record<string, number> {
  const own = Object.entries(series).filter(([key]) => key.startsWith(`${name}{`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length), value]));
}
