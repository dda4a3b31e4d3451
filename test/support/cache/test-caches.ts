import { pino } from 'pino';
import { z } from 'zod';
import type { Cache } from '../../../src/cache/cache.ts';
import { Caches } from '../../../src/cache/caches.ts';
import { redisFaults } from '../../../src/cache/redis/drill-faults.ts';
import { RedisStore } from '../../../src/cache/redis/redis-store.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

/** The schema of `Value`. */
export const valueSchema = z.object({ text: z.string(), n: z.number().optional() });

/** A value that the tested caches hold. */
export type Value = z.infer<typeof valueSchema>;

export const HOUR_MS = 3_600_000;

/** The caches of one test on one fake clock, until they are closed. */
export class TestCaches {
  readonly clock = new FakeClock();
  private readonly opened: Caches[] = [];

  /** @param redisUrl - of the Redis that the caches share; without it each is in memory alone */
  constructor(private readonly redisUrl?: string) {}

  /** Opens a cache of at most 100 entries, as one instance of the service has it. */
  open(): Cache<Value> {
    return this.openAll().create('answers', valueSchema);
  }

  /** Opens what creates the caches of one instance. */
  openAll(): Caches {
    const config = loadConfig({ REDIS_URL: this.redisUrl, CACHE_MAX_ENTRIES: '100' });
    const guards = new GuardRegistry(config, this.clock, pino({ level: 'silent' }));
    const { timeoutMs } = config.redis;
    const guard = guards.guard('redis', redisFaults(timeoutMs));
    const redis = this.redisUrl ? new RedisStore(this.redisUrl, timeoutMs, guard, this.clock) : undefined;
    const caches = new Caches(config, redis, this.clock, new Metrics());
    this.opened.push(caches);
    return caches;
  }

  /** Closes the connections of all caches. */
  async close(): Promise<void> {
    await Promise.all(this.opened.map((caches) => caches.onApplicationShutdown()));
  }
}
