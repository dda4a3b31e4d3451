import type { z } from 'zod';
import type { AppConfig } from '../config/app-config.ts';
import type { Clock } from '../resilience/time/clock.ts';
import type { GuardRegistry } from '../resilience/guard/guard-registry.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Cache, type CacheName, type ImportResult } from './cache.ts';
import { RedisStore } from './redis/redis-store.ts';

/** The most serialised bytes of keys and values per cache. Raising it costs memory and keeps more answers. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Creates the caches of this process, which share one Redis when `REDIS_URL` is set. */
export class Caches {
  private readonly redis: RedisStore | undefined;
  private readonly caches = new Map<
    CacheName,
    Pick<Cache<unknown>, 'size' | 'exportRecords' | 'importRecord'>
  >();

  constructor(
    private readonly config: AppConfig,
    guards: GuardRegistry,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    const { url, timeoutMs } = config.redis;
    this.redis = url === undefined ? undefined : new RedisStore(url, timeoutMs, guards.guard('redis'), clock);
  }

  /** Whether the caches are shared with other instances. */
  get isShared(): boolean {
    return this.redis !== undefined;
  }

  /** Whether this process remembers any answer. */
  get holdsAnswers(): boolean {
    return (this.caches.get('answers')?.size.entries ?? 0) > 0;
  }

  /** The answers this process remembers, one line each: see `Cache.dump`. */
  exportAnswers(): Iterable<string> {
    return this.caches.get('answers')?.exportRecords() ?? [];
  }

  /** Remembers an answer that another instance has dumped; its age counts on. Never rejects. */
  async importAnswer(line: string): Promise<ImportResult> {
    const maxTtlMs = this.config.cache.keepSeconds * 1_000;
    return (await this.caches.get('answers')?.importRecord(line, maxTtlMs)) ?? 'refused';
  }

  /** Makes a cache; what is read from Redis and does not fit `schema` counts as not remembered. */
  create<T>(name: CacheName, schema: z.ZodType<T>): Cache<T> {
    const limits = { maxEntries: this.config.cache.maxEntries, maxBytes: MAX_BYTES };
    const { redis, clock, metrics } = this;
    const cache = new Cache(name, schema, { limits, redis, clock, metrics });
    this.caches.set(name, cache);
    return cache;
  }

  /** Resolves when Redis answers, and at once without one. @throws what the guard throws, or Redis's error */
  async ping(signal: AbortSignal): Promise<void> {
    await this.redis?.ping(signal);
  }

  /** Disconnects from Redis, within its time limit. */
  async close(): Promise<void> {
    await this.redis?.close();
  }
}
