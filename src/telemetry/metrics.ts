import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { reportSideFailure } from './side-failures.ts';
import { metricDefinitions, type LabelsOf, type MetricName, type NameOf } from './metric-definitions.ts';

/** Histogram bounds in seconds: from an answer in memory to a model that uses its whole time limit. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60];

/** The value of a gauge at the time of a scrape, for one set of labels. */
export interface Reading<Labels = Record<string, string>> {
  labels: Labels;
  value: number;
}

let processRegistry: Registry | undefined;

/** Node's own metrics. A process has them once, even when tests start several services in it. */
function processMetrics(): Registry {
  if (processRegistry) return processRegistry;
  processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  return processRegistry;
}

/** The metrics of the service. No method throws into the work that it counts. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly metrics = new Map<MetricName, Counter | Gauge | Histogram>();
  private readonly readers = new Map<MetricName, (() => Reading[])[]>();

  constructor() {
    for (const name of Object.keys(metricDefinitions) as MetricName[])
      this.metrics.set(name, this.create(name));
  }

  /** Increments a counter. */
  count<N extends NameOf<'counter'>>(name: N, labels: LabelsOf<N>): void {
    const metric = this.metrics.get(name);
    if (metric instanceof Counter) this.quietly(name, () => metric.inc(labels));
  }

  /** Records a duration given in milliseconds. It is published in seconds. */
  time<N extends NameOf<'histogram'>>(name: N, labels: LabelsOf<N>, ms: number): void {
    const metric = this.metrics.get(name);
    if (metric instanceof Histogram) this.quietly(name, () => metric.observe(labels, ms / 1_000));
  }

  /** Registers a reader of a gauge that is called at every scrape. The values of several readers are added. */
  watch<N extends NameOf<'gauge'>>(name: N, read: () => Reading<LabelsOf<N>>[]): void {
    this.readers.set(name, [...(this.readers.get(name) ?? []), read]);
  }

  /** The content type of `show`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in Prometheus's text format. */
  async show(): Promise<string> {
    return Registry.merge([this.registry, processMetrics()]).metrics();
  }

  private create(name: MetricName): Counter | Gauge | Histogram {
    const { type, help, labels } = metricDefinitions[name];
    const base = { name, help, labelNames: labels, registers: [this.registry] };
    if (type === 'counter') return new Counter(base);
    if (type === 'histogram') return new Histogram({ ...base, buckets: BUCKETS });
    const gauge = new Gauge({ ...base, collect: () => this.quietly(name, () => this.read(name, gauge)) });
    return gauge;
  }

  private read(name: MetricName, gauge: Gauge): void {
    gauge.reset();
    for (const read of this.readers.get(name) ?? [])
      for (const { labels, value } of read()) gauge.set(labels, value);
  }

  private quietly(metric: MetricName, work: () => void): void {
    try {
      work();
    } catch (error) {
      reportSideFailure({ event: 'metric_failed', metric }, error);
    }
  }
}
