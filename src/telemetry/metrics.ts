import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { metricDefinitions, type LabelsOf, type MetricName, type NameOf } from './metric-definitions.ts';

/** Seconds: from an answer out of memory to a model that takes its whole time. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60];

/** What a gauge shows at the moment it is asked, for one set of labels. */
export interface Reading<Labels = Record<string, string>> {
  labels: Labels;
  value: number;
}

/** What was counted or timed, in seconds, and is not entered yet. */
interface Note {
  name: MetricName;
  labels: Record<string, string>;
  seconds?: number;
}

/** One entered alone takes many times as long as among others, so they wait for so many, or until they are asked for. */
const GROUP = 256;

let processRegistry: Registry | undefined;

/** Node's own metrics: the process has them once, however many services it runs. */
function processMetrics(): Registry {
  if (processRegistry) return processRegistry;
  processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  return processRegistry;
}

/** Counts what operators watch. Nothing here ever throws into the work that is counted. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly metrics = new Map<MetricName, Counter | Gauge | Histogram>();
  private noted: Note[] = [];
  private readonly readers = new Map<MetricName, (() => Reading[])[]>();

  constructor(
    /** Told why a metric could not be counted or read. */
    private readonly onFailure: (error: unknown) => void = () => undefined,
  ) {
    for (const name of Object.keys(metricDefinitions) as MetricName[])
      this.metrics.set(name, this.create(name));
  }

  /** Adds one to a counter. */
  count<N extends NameOf<'counter'>>(name: N, labels: LabelsOf<N>): void {
    this.note({ name, labels });
  }

  /** Notes how long something took, in milliseconds; shown in seconds. */
  time<N extends NameOf<'histogram'>>(name: N, labels: LabelsOf<N>, ms: number): void {
    this.note({ name, labels, seconds: ms / 1_000 });
  }

  /** Lets a gauge be read, at every scrape, from where the value lives; several readers add up. */
  watch<N extends NameOf<'gauge'>>(name: N, read: () => Reading<LabelsOf<N>>[]): void {
    this.readers.set(name, [...(this.readers.get(name) ?? []), read]);
  }

  /** The content type of `show`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything, in Prometheus's text format. */
  async show(): Promise<string> {
    this.enterNotes();
    return Registry.merge([this.registry, processMetrics()]).metrics();
  }

  private note(note: Note): void {
    if (this.noted.push(note) >= GROUP) this.enterNotes();
  }

  private enterNotes(): void {
    const notes = this.noted;
    this.noted = [];
    for (const note of notes) this.quietly(() => this.enter(note));
  }

  private enter({ name, labels, seconds }: Note): void {
    const metric = this.metrics.get(name);
    if (metric instanceof Counter) metric.inc(labels);
    else if (metric instanceof Histogram && seconds !== undefined) metric.observe(labels, seconds);
  }

  private create(name: MetricName): Counter | Gauge | Histogram {
    const { type, help, labels } = metricDefinitions[name];
    const base = { name, help, labelNames: labels, registers: [this.registry] };
    if (type === 'counter') return new Counter(base);
    if (type === 'histogram') return new Histogram({ ...base, buckets: BUCKETS });
    const gauge = new Gauge({ ...base, collect: () => this.quietly(() => this.read(name, gauge)) });
    return gauge;
  }

  private read(name: MetricName, gauge: Gauge): void {
    gauge.reset();
    for (const read of this.readers.get(name) ?? [])
      for (const { labels, value } of read()) gauge.set(labels, value);
  }

  private quietly(work: () => void): void {
    try {
      work();
    } catch (error) {
      // A question is worth more than its place in a chart.
      this.onFailure(error);
    }
  }
}
