import { readFileSync } from 'node:fs';
import { metricDefinitions } from '../../../src/telemetry/metric-definitions.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';

const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `([a-z_]+)` \| ([a-z]+) \| ([a-z_`, –]+) \|/gm)];

describe('docs/metrics.md', () => {
  it('lists every metric with its type and labels, and no other', () => {
    const documented = rows.map(([, name, type, labels]) => [name, type, labels?.replaceAll(/[`–]/g, '')]);
    const defined = Object.entries(metricDefinitions).map(([name, { type, labels }]) => [
      name,
      type,
      labels.join(', '),
    ]);
    expect(documented).toEqual(defined);
  });
});

describe('the metrics', () => {
  it('show every metric with its type, and those of the process', async () => {
    const text = await new Metrics().show();
    for (const [name, { type, help }] of Object.entries(metricDefinitions)) {
      expect(text).toContain(`# TYPE ${name} ${type}\n`);
      expect(text).toContain(`# HELP ${name} ${help}\n`);
    }
    expect(text).toContain('# TYPE process_cpu_seconds_total counter');
    expect(text).toContain('# TYPE nodejs_heap_size_used_bytes gauge');
  });

  it('read gauges at each scrape, and drop series that no longer exist', async () => {
    const metrics = new Metrics();
    const waiting = new Map([['a', 1]]);
    metrics.watch('bulkhead_queue_depth', () =>
      [...waiting].map(([name, value]) => ({ labels: { name }, value })),
    );
    metrics.watch('bulkhead_queue_depth', () => [{ labels: { name: 'b' }, value: 2 }]);
    expect(await metrics.show()).toContain(
      'bulkhead_queue_depth{name="a"} 1\nbulkhead_queue_depth{name="b"} 2\n',
    );
    waiting.clear();
    expect(await metrics.show()).not.toContain('bulkhead_queue_depth{name="a"}');
  });

  it('never throw an error at their caller', async () => {
    const metrics = new Metrics();
    expect(() => metrics.time('query_duration_seconds', { source: 'cache' }, Number.NaN)).not.toThrow();
    expect(() =>
      metrics.count('retries_total', { nobody: 'x' } as unknown as { name: string }),
    ).not.toThrow();
    metrics.watch('circuit_breaker_state', () => {
      throw new Error('broken reader');
    });
    expect(await metrics.show()).toContain('# TYPE circuit_breaker_state gauge');
  });

  it('are separate for two services of one process', async () => {
    const [first, second] = [new Metrics(), new Metrics()];
    first.count('retries_total', { name: 'a' });
    expect(await first.show()).toContain('retries_total{name="a"} 1\n');
    expect(await second.show()).not.toContain('retries_total{name="a"}');
  });
});
