import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { z } from 'zod';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { CLOCK, type Clock } from '../resilience/time/clock.ts';
import { waitForStop } from '../resilience/time/stop-limit.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Cache, type ValueOrigin, type CacheName, type ImportResult } from './cache.ts';
import type { RedisStore } from './redis/redis-store.ts';

/** The store that the instances share; none without `REDIS_URL`. */
export const REDIS_STORE = Symbol('REDIS_STORE');

/** The most serialised bytes of keys and values per cache. Raising it costs memory and keeps more answers. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Creates the caches of this process, which share one Redis when `REDIS_URL` is set. */
@Injectable()
export class Caches implements OnApplicationShutdown {
  private readonly caches = new Map<
    CacheName,
    Pick<Cache<unknown>, 'size' | 'exportRecords' | 'importRecord' | 'purge'>
  >();

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(REDIS_STORE) private readonly redis: RedisStore | undefined,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** Whether the caches are shared with other instances. */
  get isShared(): boolean {
    return this.redis !== undefined;
  }

  /** Whether this process holds any answer. */
  get holdsAnswers(): boolean {
    return (this.caches.get('answers')?.size.entries ?? 0) > 0;
  }

  /** The answers in this process, one line each: see `Cache.exportRecords`. */
  exportAnswers(): Iterable<string> {
    return this.caches.get('answers')?.exportRecords() ?? [];
  }

  /** Stores a line of `exportAnswers`; the answer keeps its age. Never rejects. */
  async importAnswer(line: string): Promise<ImportResult> {
    const maxTtlMs = this.config.cache.keepSeconds * 1_000;
    return (await this.caches.get('answers')?.importRecord(line, maxTtlMs)) ?? 'refused';
  }

  /**
   * Deletes the values made from deleted documents, in this process and in Redis: see `Cache.purge`.
   * @throws what the guard of Redis throws, or Redis's error, once they are deleted in this process
   */
  async purge(deletions: ReadonlyMap<string, number>): Promise<void> {
    const purges = Array.from(this.caches.values(), (cache) => cache.purge(deletions));
    await Promise.allSettled(purges);
    await Promise.all(purges);
  }

  /**
   * Creates a cache. A value from Redis that does not fit `schema` counts as missing.
   * @param originOf the documents that a value is made from; none by default
   */
  create<T>(name: CacheName, schema: z.ZodType<T>, originOf?: (value: T) => ValueOrigin): Cache<T> {
    const limits = { maxEntries: this.config.cache.maxEntries, maxBytes: MAX_BYTES };
    const { redis, clock, metrics } = this;
    const keepMs = this.config.cache.keepSeconds * 1_000;
    const cache = new Cache(name, schema, { limits, redis, clock, metrics, keepMs, originOf });
    this.caches.set(name, cache);
    return cache;
  }

  /** Resolves when Redis answers, and at once without one. @throws what the guard throws, or Redis's error */
  async ping(signal: AbortSignal): Promise<void> {
    await this.redis?.ping(signal);
  }

  /** Disconnects from Redis, within its time limit. */
  async onApplicationShutdown(): Promise<void> {
    if (this.redis) await waitForStop(this.redis.close(), this.clock);
  }
}
