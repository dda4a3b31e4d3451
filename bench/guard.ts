import { bulkhead, ConsecutiveBreaker, circuitBreaker, handleAll, retry, timeout, wrap } from 'cockatiel';
import { ExponentialBackoff, TimeoutStrategy } from 'cockatiel';
import type { Guard } from '../src/resilience/guard/guard.ts';
import { importBuilt } from './built.ts';
import { answer, classify, createBenchLogger, openGuard } from './guard-calls.ts';
import { compare, median, showMicros } from './measure.ts';
import type { Row } from './report.ts';

const CALLS_PER_ROUND = 20_000;
const ROUNDS = 15;
const REJECTIONS = 50_000;
/** Far away: no limit is reached. */
const LIMIT_MS = 10_000;

const { Guard: BuiltGuard } =
  await importBuilt<typeof import('../src/resilience/guard/guard.ts')>('resilience/guard/guard');
const { GuardRegistry } = await importBuilt<typeof import('../src/resilience/guard/guard-registry.ts')>(
  'resilience/guard/guard-registry',
);
const { systemClock } =
  await importBuilt<typeof import('../src/resilience/time/clock.ts')>('resilience/time/clock');
const { loadConfig } = await importBuilt<typeof import('../src/config/load-config.ts')>('config/load-config');

const caller = new AbortController().signal;
const config = loadConfig({});

/** What a guard costs: around a call that succeeds at once, and when it refuses. */
export async function benchmarkGuard(): Promise<Row[]> {
  const closed = await compare(
    {
      bare: () => perCall(answer),
      cockatiel: () => perCall(cockatielCall()),
      guard: () => perCall(guardCall(silentGuard())),
      logged: () => perCall(guardCall(loggedGuard())),
    },
    ROUNDS,
  );
  const silent = await rejectionMs(silentGuard());
  const logged = await rejectionMs(loggedGuard());
  const ratio = (value: number) => (value / closed.cockatiel).toFixed(2);
  return [
    { what: 'a bare async call', value: showMicros(closed.bare) },
    { what: 'the same within Cockatiel’s five-layer wrap', value: showMicros(closed.cockatiel), ratio: '1' },
    {
      what: 'behind a closed guard',
      value: showMicros(closed.guard),
      ratio: ratio(closed.guard),
      budget: '≤ 1',
      met: closed.guard <= closed.cockatiel,
    },
    {
      what: 'behind a closed guard that logs at `info`',
      value: showMicros(closed.logged),
      ratio: ratio(closed.logged),
      budget: '≤ 1',
      met: closed.logged <= closed.cockatiel,
    },
    {
      what: 'refused by an open guard (median)',
      value: showMicros(silent),
      budget: '< 10 µs',
      met: silent < 0.01,
    },
    {
      what: 'refused by an open guard that logs it (median)',
      value: showMicros(logged),
      budget: '< 10 µs',
      met: logged < 0.01,
    },
  ];
}

function silentGuard(): Guard {
  return new BuiltGuard('silent', config.guards.defaults, systemClock, () => undefined);
}

function loggedGuard(): Guard {
  return new GuardRegistry(config, systemClock, createBenchLogger()).guard('logged');
}

function guardCall(guard: Guard): () => Promise<unknown> {
  const options = { signal: caller, timeoutMs: LIMIT_MS, classify };
  return () => guard.execute(answer, options);
}

/** The layers of a guarded call, in the same order. */
function cockatielCall(): () => Promise<unknown> {
  const policy = wrap(
    bulkhead(100, 100),
    timeout(LIMIT_MS, TimeoutStrategy.Aggressive),
    retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) }),
    timeout(LIMIT_MS, TimeoutStrategy.Aggressive),
  );
  return () => policy.execute(answer, caller);
}

async function perCall(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  for (let index = 0; index < CALLS_PER_ROUND; index++) await call();
  return (performance.now() - startedAt) / CALLS_PER_ROUND;
}

async function rejectionMs(guard: Guard): Promise<number> {
  await openGuard(guard, config.guards.defaults.failThreshold);
  const options = { signal: caller, timeoutMs: LIMIT_MS, classify };
  const samples: number[] = [];
  for (let index = 0; index < REJECTIONS; index++) {
    const startedAt = performance.now();
    await guard.execute(answer, options).catch(() => undefined);
    samples.push(performance.now() - startedAt);
  }
  if (guard.snapshot().state !== 'open') throw new Error('the guard did not stay open');
  return median(samples);
}
