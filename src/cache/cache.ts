import { hash } from 'node:crypto';
import type { z } from 'zod';
import { isCallerGone } from '../resilience/time/deadline.ts';
import type { Clock } from '../resilience/time/clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { decodeEntry, decodeRecord, encodeEntry, encodeRecord, freeze } from './entry.ts';
import { SingleFlight } from '../resilience/limits/single-flight.ts';
import { MemoryCache, type MemoryLimits } from './memory-cache.ts';
import type { RedisStore } from './redis/redis-store.ts';

/** A cache's name: the first part of its keys. */
export type CacheName = 'answers' | 'embeddings' | 'contexts';

/** What a cache stands on. */
export interface CacheStores {
  /** Of values, per cache. */
  limits: MemoryLimits;
  /** What the instances share; without it every instance remembers by itself. */
  redis: RedisStore | undefined;
  clock: Clock;
  metrics: Metrics;
}

/** What became of a line: `known` is what was here already, `refused` is damaged or too old. */
export type ImportResult = 'taken' | 'known' | 'refused';

/** How a value is read. */
export interface ReadOptions<T> {
  /** Whether a value is good enough not to look further; every value is when left out. */
  accept?: (value: T) => boolean;
  /** Whether a value that was not accepted is of any use; every value is when left out. */
  isUsable?: (value: T) => boolean;
  signal?: AbortSignal | undefined;
}

/**
 * Remembers JSON values under private keys: in this process, bounded, and in Redis when there is one. A Redis that fails
 * is a cache that is empty, never an error. Values come back as JSON gives them, frozen, since callers share them.
 */
export class Cache<T> {
  private readonly memory: MemoryCache<T>;
  private readonly flights = new SingleFlight<T>();
  /** The last read of a key under way in Redis; what it finds is old once the key was written here. */
  private readonly reads = new Map<string, symbol>();

  constructor(
    private readonly name: CacheName,
    private readonly schema: z.ZodType<T>,
    private readonly stores: CacheStores,
  ) {
    this.memory = new MemoryCache(stores.limits, stores.clock);
  }

  /** What is held in this process: entries and serialised bytes. */
  get size(): { entries: number; bytes: number } {
    return { entries: this.memory.size, bytes: this.memory.bytes };
  }

  /**
   * The value from memory when accepted, else from Redis when accepted, else a usable one, of two the one that lasts longer.
   * @throws only the signal's reason, when the caller has gone
   */
  async get(key: string, options: ReadOptions<T> = {}): Promise<T | undefined> {
    const value = await this.read(this.nameOf(key), options);
    this.count(value, options);
    return value;
  }

  /** What this process has at hand, accepted or not; asks nobody and counts nothing. */
  getSync(key: string): T | undefined {
    return this.memory.getSync(this.nameOf(key))?.value;
  }

  /** The accepted value this process has at hand; asks nobody. Only a hit is counted: who finds none looks further. */
  peekFresh(key: string, accept: (value: T) => boolean): T | undefined {
    const near = this.getSync(key);
    if (near === undefined || !accept(near)) return undefined;
    this.count(near);
    return near;
  }

  /**
   * Remembers a value for `ttlMs` milliseconds; with 0 or less it is not remembered. Memory has it at once; the promise
   * resolves when Redis has it too or its time limit is over, and never rejects.
   */
  async set(key: string, value: T, ttlMs: number): Promise<void> {
    const { shared } = await this.write(this.nameOf(key), value, ttlMs);
    await shared;
  }

  /**
   * Remembers a value as `set` does, without waiting for Redis.
   * @returns whether this process holds the value; false when `ttlMs` is 0 or less, or the value is too large. Never rejects
   */
  async hold(key: string, value: T, ttlMs: number): Promise<boolean> {
    const { isHeld } = await this.write(this.nameOf(key), value, ttlMs);
    return isHeld;
  }

  /** Forgets a value; a Redis that cannot be reached keeps it until its time is over. Never rejects. */
  async delete(key: string): Promise<void> {
    const name = this.nameOf(key);
    await this.memory.delete(name);
    await this.stores.redis?.delete(name).catch(() => undefined);
    // What a read under way brought back meanwhile goes too.
    this.reads.delete(name);
    await this.memory.delete(name);
  }

  /**
   * The remembered value, or what `load` gives, which is then remembered for `ttlMs`. Callers who ask at the same time
   * share one load and its frozen result; it is aborted when all of them have left. A failed load is not remembered.
   * @throws what `load` threw, or the signal's reason
   */
  async getOrLoad(
    key: string,
    ttlMs: number,
    load: (signal: AbortSignal) => Promise<T>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<T> {
    const name = this.nameOf(key);
    const near = this.memory.getSync(name);
    if (near) {
      this.count(near.value);
      return near.value;
    }
    const work = async (flightSignal: AbortSignal) => {
      const known = await this.read(name, { signal: flightSignal });
      this.count(known);
      if (known !== undefined) return known;
      const loaded = freeze(await load(flightSignal));
      await this.write(name, loaded, ttlMs);
      return loaded;
    };
    return this.flights.run(name, work, signal);
  }

  /** What this process holds as lines of text, for `restore`; of keys their hashes alone. */
  *exportRecords(): Generator<string> {
    const { clock } = this.stores;
    for (const [name, { value, expiresAt }] of this.memory.all()) {
      const leftMs = expiresAt - clock.now();
      if (leftMs > 0)
        yield encodeRecord(name.slice(this.prefix.length), encodeEntry(value, clock.wall() + leftMs));
    }
  }

  /** Remembers what a line says, for the time it had left but not longer than `maxTtlMs`. Never rejects. */
  async importRecord(line: string, maxTtlMs: number): Promise<ImportResult> {
    const { key, entry } = decodeRecord(line) ?? {};
    if (key === undefined || entry === undefined) return 'refused';
    const decoded = decodeEntry(entry, this.schema, this.stores.clock.wall());
    if (!decoded) return 'refused';
    const name = this.prefix + key;
    if ((await this.read(name, {})) !== undefined) return 'known';
    const { shared } = await this.write(name, decoded.value, Math.min(decoded.leftMs, maxTtlMs));
    await shared;
    return 'taken';
  }

  private async read(
    name: string,
    { accept = () => true, isUsable = () => true, signal }: ReadOptions<T>,
  ): Promise<T | undefined> {
    const near = this.memory.getSync(name);
    if (!this.stores.redis || (near && accept(near.value))) return near?.value;
    const read = Symbol(name);
    this.reads.set(name, read);
    const text = await this.stores.redis.get(name, signal).catch(() => undefined);
    const isLatest = this.reads.get(name) === read;
    if (isLatest) this.reads.delete(name);
    // Spent time finds nothing more; what is done without it is up to the caller.
    if (signal && isCallerGone(signal)) throw signal.reason;
    const far = text === undefined ? undefined : decodeEntry(text, this.schema, this.stores.clock.wall());
    if (!far) return near?.value;
    if (near && !accept(far.value) && isUsable(near.value)) {
      const isNewer = far.leftMs > near.expiresAt - this.stores.clock.now();
      if (!isNewer || !isUsable(far.value)) return near.value;
    }
    if (isLatest) await this.remember(name, far.value, far.leftMs, text ?? '');
    return far.value;
  }

  private count(value: T | undefined, { accept = () => true }: ReadOptions<T> = {}): void {
    const found = value !== undefined && accept(value) ? 'hit' : 'stale';
    const result = value === undefined ? 'miss' : found;
    this.stores.metrics.count('cache_requests_total', { cache: this.name, result });
  }

  /** Resolves when memory has the value, or has refused it; `shared` resolves when Redis has it too, or will not get it. */
  private async write(
    name: string,
    value: T,
    ttlMs: number,
  ): Promise<{ isHeld: boolean; shared?: Promise<void> | undefined }> {
    const { clock, redis } = this.stores;
    const now = clock.wall();
    const text = encodeEntry(value, now + ttlMs);
    const decoded = decodeEntry(text, this.schema, now);
    if (!decoded) return { isHeld: false };
    // Before and after: a read that ends or begins meanwhile must not bring back what was there before.
    this.reads.delete(name);
    await this.remember(name, decoded.value, ttlMs, text);
    this.reads.delete(name);
    return {
      isHeld: this.memory.getSync(name) !== undefined,
      shared: redis?.set(name, text, ttlMs).catch(() => undefined),
    };
  }

  private remember(name: string, value: T, ttlMs: number, text: string): Promise<void> {
    const bytes = name.length + Buffer.byteLength(text);
    return this.memory.set(name, { value, expiresAt: this.stores.clock.now() + ttlMs, bytes });
  }

  /** Keys may be private text and of any length: only their hash is kept. */
  private nameOf(key: string): string {
    return this.prefix + hash('sha256', key, 'base64url');
  }

  private get prefix(): string {
    return `failsoft:${this.name}:`;
  }
}
