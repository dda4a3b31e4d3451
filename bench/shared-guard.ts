import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Guard } from '../src/resilience/guard/guard.ts';
import { hasRedis, RedisServer } from '../test/support/redis/redis-server.ts';
import { importBuilt } from './built.ts';
import { chooseDatabase } from './database-choice.ts';
import { answer, classify, createBenchLogger, openGuard } from './guard-calls.ts';
import { compare, showMicros } from './measure.ts';
import type { Row } from './report.ts';
import { makeTemporaryFolder } from './service-process.ts';

const CALLS_PER_ROUND = 10_000;
/** What runs beside the calls gets its turn after so many. */
const CALLS_PER_TURN = 500;
const ROUNDS = 10;
const POLL_MS = 20;
const FAILURES = 5;
/** A guard as a target gives it, without traffic or probes of its own. */
const ENV = {
  GENERATION_TARGETS: 'http://127.0.0.1:4/v1?model=none&name=measured',
  CIRCUIT_BREAKER_TIMEOUT_SECONDS: '300',
  PROBE_INTERVAL_SECONDS: '0',
};

const { createApp } = await importBuilt<typeof import('../src/create-app.ts')>('create-app');
const { GuardRegistry } = await importBuilt<typeof import('../src/resilience/guard/guard-registry.ts')>(
  'resilience/guard/guard-registry',
);
const { loadConfig } = await importBuilt<typeof import('../src/config/load-config.ts')>('config/load-config');

const signal = new AbortController().signal;

/** What a guard of the whole service costs alone, and while it is shared with another instance. */
export async function benchmarkSharedGuard(interrupted: AbortSignal): Promise<Row[]> {
  if (!hasRedis) return [{ what: 'not measured: this machine has no redis-server', value: '' }];
  await using stack = new AsyncDisposableStack();
  const redis = await RedisServer.start();
  stack.defer(() => redis.kill());
  const start = async (env: Record<string, string>) => {
    const app: NestFastifyApplication = await createApp(
      loadConfig({ ...ENV, ...env }),
      undefined,
      createBenchLogger(),
    );
    stack.defer(() => app.close());
    await app.init();
    return app.get(GuardRegistry).guard('measured');
  };
  const folder = stack.use(await makeTemporaryFolder());
  const alone = await start({ DATA_DIR: folder.path });
  const database = stack.use(await chooseDatabase());
  const shared = await start({ ...database.env, REDIS_URL: redis.url, INSTANCE_NAME: 'a' });
  // An embedded database takes one process alone.
  const peerDatabase = database.env['DATABASE_URL'] ? database : stack.use(await chooseDatabase());
  await start({ ...peerDatabase.env, REDIS_URL: redis.url, INSTANCE_NAME: 'b' });
  while (shared.snapshot().peers_open === null) await sleep(POLL_MS, undefined, { signal: interrupted });

  const measure = () => compare({ alone: () => perCall(alone), shared: () => perCall(shared) }, ROUNDS);
  const closed = await measure();
  for (const guard of [alone, shared]) await openGuard(guard, FAILURES);
  const opened = await measure();
  return [...show('a call behind a closed guard', closed), ...show('a refusal by an open guard', opened)];
}

function show(what: string, { alone, shared }: Record<'alone' | 'shared', number>): Row[] {
  return [
    { what: `${what}, logged and counted`, value: showMicros(alone), ratio: '1' },
    {
      what: `${what}, shared through Redis and the database`,
      value: showMicros(shared),
      ratio: (shared / alone).toFixed(2),
    },
  ];
}

async function perCall(guard: Guard): Promise<number> {
  const startedAt = performance.now();
  for (let index = 0; index < CALLS_PER_ROUND; index++) {
    if (index % CALLS_PER_TURN === 0) await turn();
    await guard.execute(answer, { signal, classify }).catch(() => undefined);
  }
  return (performance.now() - startedAt) / CALLS_PER_ROUND;
}
