import { createServer } from 'node:net';
import { once } from 'node:events';
import { pino, type Logger } from 'pino';
import { RedisPeerChannel } from '../../../src/cache/redis/redis-peer-channel.ts';
import { BackgroundLoop } from '../../../src/resilience/time/background-loop.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { logSideFailures, reportSideFailure } from '../../../src/telemetry/side-failures.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { Fleet } from '../../support/guards/fleet.ts';
import { until } from '../../support/until.ts';

const A_MINUTE_MS = 60_000;
const CAUSE = { name: 'Error' };
/** Stands for a text that must not be logged. */
const PRIVATE = new Error('a private text');

let clock: FakeClock;
let lines: object[];
let logger: Logger;
let endLogging: () => void;

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  const formatters = { level: (label: string) => ({ level: label }) };
  const options = { level: 'warn', base: null, timestamp: false, formatters };
  logger = pino(options, { write: (line) => lines.push(JSON.parse(line)) });
  endLogging = logSideFailures(logger, () => clock.now());
});

afterEach(() => endLogging());

describe('a failure beside the questions', () => {
  it('is logged once a minute for each event, task and metric, with the number of those left out', async () => {
    for (let time = 0; time < 3; time++) {
      reportSideFailure({ event: 'background_work_failed', task: 'a' }, PRIVATE);
      reportSideFailure({ event: 'background_work_failed', task: 'b' }, PRIVATE);
    }
    const line = { level: 'warn', event: 'background_work_failed', cause: CAUSE };
    expect(lines).toEqual([
      { ...line, task: 'a' },
      { ...line, task: 'b' },
    ]);
    await clock.advance(A_MINUTE_MS - 1);
    reportSideFailure({ event: 'background_work_failed', task: 'a' }, PRIVATE);
    expect(lines).toHaveLength(2);
    await clock.advance(1);
    reportSideFailure({ event: 'background_work_failed', task: 'a' }, PRIVATE);
    expect(lines.slice(2)).toEqual([{ ...line, task: 'a', repeats: 3 }]);
  });

  it('is no longer logged once the service has ended', () => {
    endLogging();
    reportSideFailure({ event: 'sharing_failed' }, PRIVATE);
    expect(lines).toEqual([]);
  });

  it('of work in the background is background_work_failed, and the work goes on', async () => {
    let runs = 0;
    const loop = new BackgroundLoop('some_work', clock, 1_000, () => {
      runs++;
      throw PRIVATE;
    });
    await loop.start();
    await clock.advance(1_000);
    await loop.stop();
    expect(runs).toBe(2);
    expect(lines).toEqual([
      { level: 'warn', event: 'background_work_failed', task: 'some_work', cause: CAUSE },
    ]);
  });

  it('is not reported of work that is stopped', async () => {
    const loop = new BackgroundLoop('some_work', clock, 1_000, async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw signal.reason;
    });
    void loop.start();
    await loop.stop();
    expect(lines).toEqual([]);
  });

  it('of a metric is metric_failed, whether it is counted, timed or read', async () => {
    const metrics = new Metrics();
    metrics.count('retries_total', { nobody: 'x' } as unknown as { name: string });
    metrics.time('query_duration_seconds', { nobody: 'x' } as unknown as { source: string }, 1);
    metrics.watch('circuit_breaker_state', () => {
      throw PRIVATE;
    });
    await metrics.show();
    const line = { level: 'warn', event: 'metric_failed', cause: CAUSE };
    expect(lines).toEqual([
      { ...line, metric: 'retries_total' },
      { ...line, metric: 'query_duration_seconds' },
      { ...line, metric: 'circuit_breaker_state' },
    ]);
  });

  it('of sharing through the database is sharing_failed, also when an operator makes a change', async () => {
    const fleet = new Fleet(1);
    ({ clock } = fleet);
    endLogging();
    endLogging = logSideFailures(logger, () => clock.now());
    const instance = fleet.create(0);
    instance.storeFaults.cut = true;
    const start = instance.start();
    await clock.advance(10_000);
    await start;
    const line = { level: 'warn', event: 'sharing_failed' };
    expect(lines).toMatchObject([line]);
    await clock.advance(A_MINUTE_MS);
    await instance.stop();
    lines = [];
    await clock.advance(A_MINUTE_MS);
    const change = instance.controls.reset(instance.guard.name);
    await clock.advance(10_000);
    expect(await change).toBe(false);
    expect(lines).toMatchObject([line]);
  });

  it('of the channel between instances is peer_channel_failed', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const channel = new RedisPeerChannel(`redis://127.0.0.1:${port}`, clock, () => 0);
    channel.open({ onMessage: () => undefined, onSubscribed: () => undefined });
    await until('the failure is logged', () => lines.length > 0);
    await channel.close();
    server.close();
    expect(lines).toEqual([
      {
        level: 'warn',
        event: 'peer_channel_failed',
        cause: expect.objectContaining({ name: expect.any(String) }),
      },
    ]);
  });
});
