import { hasRedis, RedisServer } from '../test/support/redis/redis-server.ts';
import { FakeHuggingFace } from '../test/support/fakes/fake-hugging-face.ts';
import type { Fault } from '../test/support/fakes/fake-hugging-face-faults.ts';
import { ask, ingest } from './client.ts';
import { Corpus } from './corpus.ts';
import { chooseDatabase } from './database-choice.ts';
import { median, showQuantiles } from './measure.ts';
import { percentile } from '../src/cli/ranking.ts';
import { ADMIN_TOKEN, openCircuit, resetCircuits } from './open-circuits.ts';
import type { Row } from './report.ts';
import { startService } from './service-process.ts';
import { readStream } from './stream-client.ts';

const DOCUMENTS = 500;
const WARM_UP = 100;
const HEALTHY = 40;
const STREAMS = 200;
const BUDGET_MS = 100;
const MODEL = 'model';

/** An outage that can be begun. What ends it is `recover` of the whole. */
interface Outage {
  what: string;
  begin(): Promise<unknown> | void;
}

/** Time to the passages of a stream in every outage that leaves the database alive, one after the other on one service. */
export async function benchmarkFirstEvent(signal: AbortSignal): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await chooseDatabase());
  const model = await new FakeHuggingFace({ keepAlive: true }).start();
  stack.defer(() => model.stop());
  const embedder = await new FakeHuggingFace({ keepAlive: true }).start();
  stack.defer(() => embedder.stop());
  const redis = hasRedis ? await RedisServer.start() : undefined;
  stack.defer(() => redis?.kill());
  const env = {
    ...database.env,
    ...(redis && { REDIS_URL: redis.url }),
    GENERATION_TARGETS: `${model.url}/v1?model=m&name=${MODEL}`,
    EMBEDDING_TARGETS: `${embedder.url}/v1?api=openai&model=m`,
    // Otherwise all but the first five streams would meet an open circuit, which is an outage of its own here.
    CIRCUIT_BREAKER_MODEL_FAIL_THRESHOLD: '10000',
    ADMIN_TOKEN,
  };
  const { url } = stack.use(await startService(env, signal));
  const corpus = new Corpus(DOCUMENTS);
  await ingest(url, corpus.documents, signal);
  for (let index = 0; index < WARM_UP; index++) await ask(url, corpus.question(), signal);

  const fail = (what: string, fault: Fault): Outage => ({ what, begin: () => model.fail('chat', fault) });
  const outages: Outage[] = [
    { what: 'the model refuses connections', begin: () => model.stop() },
    fail('the model hangs', { kind: 'black_hole' }),
    fail('the model stalls midway', { kind: 'stall', parts: 3 }),
    fail('the model’s connection is cut midway', { kind: 'reset_midway', parts: 3 }),
    fail('the model answers 429', { kind: 'status', status: 429 }),
    fail('the model answers 500', { kind: 'status', status: 500 }),
    { what: 'the model’s circuit is open', begin: () => openCircuit(url, MODEL, signal) },
    { what: 'the embedding service refuses connections', begin: () => embedder.stop() },
    { what: 'the embedding service hangs', begin: () => embedder.fail('embed', { kind: 'black_hole' }) },
  ];
  if (redis) {
    outages.push({ what: 'Redis hangs', begin: () => redis.freeze() });
    outages.push({ what: 'Redis refuses connections', begin: () => redis.kill() });
  }
  const healthy: number[] = [];
  const measured: { what: string; ms: number[]; before: number[] }[] = [];
  for (const { what, begin } of outages) {
    const before = await sample(HEALTHY);
    healthy.push(...before);
    await begin();
    measured.push({ what, ms: await sample(STREAMS), before });
    redis?.thaw();
    for (const fake of [model, embedder]) {
      fake.clearFaults();
      await fake.start();
    }
    await resetCircuits(url, signal);
  }
  return [
    { what: `nothing fails (${healthy.length} streams)`, ...judge(healthy, healthy) },
    ...measured.map(({ what, ms, before }) => ({
      what: `${what} (${ms.length} streams)`,
      ...judge(ms, before),
    })),
  ];

  async function sample(count: number): Promise<number[]> {
    const samples: number[] = [];
    while (samples.length < count) samples.push(await timeToSources(url, corpus.question(), signal));
    return samples;
  }
}

/** Leaves with the passages, so that a call that hangs is not waited for. */
async function timeToSources(url: string, query: string, signal: AbortSignal): Promise<number> {
  for await (const { event, ms } of readStream(`${url}/query`, { query }, signal)) {
    if (event === 'sources') return ms;
    throw new Error(`the stream begins with ${event}`);
  }
  throw new Error('the stream has no event');
}

function judge(ms: number[], before: number[]): Omit<Row, 'what'> {
  return {
    value: `${showQuantiles(ms)}, most ${Math.max(...ms).toFixed(0)} ms`,
    ratio: (median(ms) / median(before)).toFixed(2),
    budget: `p99 < ${BUDGET_MS} ms`,
    met: percentile(ms, 0.99) < BUDGET_MS,
  };
}
