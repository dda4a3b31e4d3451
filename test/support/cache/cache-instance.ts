import { z } from 'zod';
import { Cache } from '../../../src/cache/cache.ts';
import { RedisStore } from '../../../src/cache/redis/redis-store.ts';
import { guardSettings } from '../../../src/config/app-config.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { HOUR_MS } from './test-caches.ts';

/** The time limit of a call to Redis. */
export const TIMEOUT_MS = 100;

/** How long the circuit of Redis stays open. */
export const OPEN_MS = 30_000;

const config = loadConfig({});

/** The cache of one instance of the service. Its clock stands still unless a test moves it. */
export class CacheInstance {
  readonly clock = new FakeClock();
  readonly events: GuardEvent[] = [];
  readonly guard: Guard;
  readonly redis: RedisStore;
  readonly cache: Cache<string>;
  private waiting: { attempts: number; resolve: () => void } | undefined;

  constructor(url: string, limits = { maxEntries: 1_000, maxBytes: 1_000_000 }) {
    const settings = guardSettings(config, 'redis');
    // Without jitter, so that the open time is exactly what is configured.
    this.guard = new Guard(
      'redis',
      settings,
      this.clock,
      (event) => this.record(event),
      () => 0,
    );
    this.redis = new RedisStore(url, TIMEOUT_MS, this.guard, this.clock);
    const { redis, clock } = this;
    this.cache = new Cache('answers', z.string(), { limits, redis, clock, metrics: new Metrics() });
  }

  get state() {
    return this.guard.snapshot().state;
  }

  /** Calls that were let through to Redis. */
  get attempts(): number {
    return this.events.filter((event) => event.type === 'attempt').length;
  }

  /** The ends of these calls. */
  get settled() {
    return this.events.filter((event) => event.type === 'settled');
  }

  /** Makes a call and waits until `attempts` calls to Redis have begun in all. */
  async begin<T>(call: () => Promise<T>, attempts = this.attempts + 1): Promise<{ result: Promise<T> }> {
    const begun = new Promise<void>((resolve) => (this.waiting = { attempts, resolve }));
    const result = call();
    await begun;
    return { result };
  }

  /** Makes a call and, once `attempts` calls to Redis have begun in all, lets the time limit of Redis pass. */
  async timeOut<T>(call: () => Promise<T>, attempts?: number): Promise<T> {
    const { result } = await this.begin(call, attempts);
    await this.clock.advance(TIMEOUT_MS);
    return result;
  }

  /** Lets the open time pass and closes the circuit with two trials. */
  async recover(): Promise<void> {
    await this.clock.advance(OPEN_MS);
    for (let trial = 0; trial < 2; trial++) await this.redis.ping(new AbortController().signal);
    expect(this.state).toBe('closed');
  }

  /** Expects that no call reaches Redis while the circuit is open, and that none waits or fails. */
  async expectNoCalls(): Promise<void> {
    expect(this.state).toBe('open');
    const { attempts } = this;
    for (let i = 0; i < 100; i++) {
      expect(await this.cache.get(`away ${i}`)).toBeUndefined();
      await this.cache.set('kept', String(i), HOUR_MS);
      expect(await this.cache.get('kept')).toBe(String(i));
      await this.cache.delete('kept');
    }
    expect(this.attempts).toBe(attempts);
    expect(this.clock.pendingTimers).toBe(0);
  }

  private record(event: GuardEvent): void {
    this.events.push(event);
    if (this.waiting && this.attempts >= this.waiting.attempts) this.waiting.resolve();
  }
}

/** Returns a function that opens the cache of one more instance. The caches of a test are closed at its end. */
export function createInstances(): (
  ...options: ConstructorParameters<typeof CacheInstance>
) => CacheInstance {
  let instances: CacheInstance[] = [];

  afterEach(async () => {
    await Promise.all(instances.map((instance) => instance.redis.close()));
    for (const instance of instances) expect(instance.clock.pendingTimers).toBe(0);
    instances = [];
  });

  return (...options) => {
    const instance = new CacheInstance(...options);
    instances.push(instance);
    return instance;
  };
}
