import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { z } from 'zod';
import { isCallerGone } from '../resilience/time/deadline.ts';
import type { Clock } from '../resilience/time/clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { decodeEntry, decodeRecord, encodeEntry, encodeRecord, freeze } from './entry.ts';
import { SingleFlight } from '../resilience/limits/single-flight.ts';
import { MemoryCache, type MemoryLimits } from './memory-cache.ts';
import type { RedisStore, Tags } from './redis/redis-store.ts';

/** Values looked through between two turns of the event loop. Raised, other work waits longer. */
const LOOKED_AT_ONCE = 500;

/** The name of a cache, the first part of its keys. */
export type CacheName = 'answers' | 'embeddings' | 'contexts' | 'streams';

/** The dependencies of a cache. */
export interface CacheStores {
  /** Of values, per cache. */
  limits: MemoryLimits;
  /** The store that instances share; undefined when every instance caches alone. */
  redis: RedisStore | undefined;
  clock: Clock;
  metrics: Metrics;
}

/** The documents that a value is made from, and the revision in which they were read. */
export interface ValueOrigin {
  documents: string[];
  revision: number;
}

/** Whether one of the documents was deleted after the revision in which it was read. */
export function hasDeleted(
  { documents, revision }: ValueOrigin,
  deletions: ReadonlyMap<string, number>,
): boolean {
  return documents.some((id) => revision < (deletions.get(id) ?? revision));
}

/** What a cache of values made from documents needs. */
export interface DocumentTags<T> {
  /** The longest that a value is stored, in milliseconds. */
  keepMs?: number;
  originOf?: ((value: T) => ValueOrigin) | undefined;
}

/** The result of importing a record. `known`: it was already cached. `refused`: it is damaged or too old. */
export type ImportResult = 'taken' | 'known' | 'refused';

/** Options of a read. */
export interface ReadOptions<T> {
  /** Whether a value ends the lookup. By default every value does. */
  accept?: (value: T) => boolean;
  /** Whether a value that was not accepted may still be returned. By default every value may. */
  isUsable?: (value: T) => boolean;
  signal?: AbortSignal | undefined;
}

/**
 * Caches JSON values: in this process, bounded, and in Redis when it is configured. A failing Redis is an empty cache, never
 * an error. Values are returned as parsed JSON and frozen, because callers share them.
 */
export class Cache<T> {
  private readonly memory: MemoryCache<T>;
  private readonly singleFlight = new SingleFlight<T>();
  /** The reads in progress in Redis by key. A result is outdated once this process has written the key. */
  private readonly reads = new Map<string, symbol>();

  constructor(
    private readonly name: CacheName,
    private readonly schema: z.ZodType<T>,
    private readonly stores: CacheStores & DocumentTags<T>,
  ) {
    this.memory = new MemoryCache(stores.limits, stores.clock);
  }

  /** The entries and serialised bytes in this process. */
  get size(): { entries: number; bytes: number } {
    return this.memory.size;
  }

  /**
   * Returns an accepted value from memory, else from Redis, else a usable value; of two usable values the one that expires later.
   * @throws only the signal's reason, when the caller has gone
   */
  async get(key: string, options: ReadOptions<T> = {}): Promise<T | undefined> {
    const value = await this.read(this.nameOf(key), options);
    this.count(value, options);
    return value;
  }

  /** The value in memory, accepted or not. Makes no call and counts nothing. */
  getSync(key: string): T | undefined {
    return this.memory.get(this.nameOf(key))?.value;
  }

  /** The accepted value in memory. Makes no call. Only a hit is counted, because a caller without one looks further. */
  peekFresh(key: string, accept: (value: T) => boolean): T | undefined {
    const near = this.getSync(key);
    if (near === undefined || !accept(near)) return undefined;
    this.count(near);
    return near;
  }

  /**
   * Stores a value for `ttlMs` milliseconds; 0 or less stores nothing. Memory has the value at once. The promise resolves
   * when Redis has stored it or its time limit is over; it never rejects.
   */
  async set(key: string, value: T, ttlMs: number): Promise<void> {
    await this.write(this.nameOf(key), value, ttlMs).shared;
  }

  /**
   * Stores a value as `set` does, without waiting for Redis.
   * @returns whether this process holds the value; false when `ttlMs` is 0 or less, or the value is too large
   */
  hold(key: string, value: T, ttlMs: number): boolean {
    return this.write(this.nameOf(key), value, ttlMs).isHeld;
  }

  /** Deletes a value. A Redis that cannot be reached keeps it until it expires. Never rejects. */
  async delete(key: string): Promise<void> {
    const name = this.nameOf(key);
    this.memory.delete(name);
    await this.stores.redis?.delete(name).catch(() => undefined);
    // A read in progress may have brought the value back meanwhile.
    this.reads.delete(name);
    this.memory.delete(name);
  }

  /**
   * Deletes the values made from deleted documents, in this process and in Redis, a few at a time. Values of a document that
   * was stored again later stay.
   * @param deletions by document, the revision in which it was deleted
   * @throws what the guard of Redis throws, or Redis's error
   */
  async purge(deletions: ReadonlyMap<string, number>): Promise<void> {
    const { originOf, redis } = this.stores;
    if (!originOf || deletions.size === 0) return;
    let looked = 0;
    for (const [name, { value }] of this.memory.all()) {
      if (hasDeleted(originOf(value), deletions)) this.memory.delete(name);
      if (++looked % LOOKED_AT_ONCE === 0) await nextTurn();
    }
    for (const [id, revision] of deletions) await redis?.deleteTagged(this.tagOf(id), revision);
    // A read in progress may bring a value back.
    this.reads.clear();
  }

  /**
   * Returns the cached value, or loads one and stores it for `ttlMs`. Callers at the same time share one load and its
   * frozen result. The load is aborted when all of them have left. A failed load is not stored.
   * @throws what `load` threw, or the signal's reason
   */
  async getOrLoad(
    key: string,
    ttlMs: number,
    load: (signal: AbortSignal) => Promise<T>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<T> {
    const name = this.nameOf(key);
    const near = this.memory.get(name);
    if (near) {
      this.count(near.value);
      return near.value;
    }
    const work = async (flightSignal: AbortSignal) => {
      const known = await this.read(name, { signal: flightSignal });
      this.count(known);
      if (known !== undefined) return known;
      const loaded = freeze(await load(flightSignal));
      this.write(name, loaded, ttlMs);
      return loaded;
    };
    return this.singleFlight.run(name, work, signal);
  }

  /** The entries in this process as lines of text, for `importRecord`. They contain hashes instead of keys. */
  *exportRecords(): Generator<string> {
    const { clock } = this.stores;
    for (const [name, { value, expiresAt }] of this.memory.all()) {
      const leftMs = expiresAt - clock.now();
      if (leftMs > 0)
        yield encodeRecord(name.slice(this.prefix.length), encodeEntry(value, clock.wall() + leftMs));
    }
  }

  /** Stores a record for the time it had left, at most `maxTtlMs`. Never rejects. */
  async importRecord(line: string, maxTtlMs: number): Promise<ImportResult> {
    const { key, entry } = decodeRecord(line) ?? {};
    if (key === undefined || entry === undefined) return 'refused';
    const decoded = decodeEntry(entry, this.schema, this.stores.clock.wall());
    if (!decoded) return 'refused';
    const name = this.prefix + key;
    if ((await this.read(name, {})) !== undefined) return 'known';
    await this.write(name, decoded.value, Math.min(decoded.leftMs, maxTtlMs)).shared;
    return 'taken';
  }

  private async read(
    name: string,
    { accept = () => true, isUsable = () => true, signal }: ReadOptions<T>,
  ): Promise<T | undefined> {
    const near = this.memory.get(name);
    if (!this.stores.redis || (near && accept(near.value))) return near?.value;
    const read = Symbol(name);
    this.reads.set(name, read);
    const text = await this.stores.redis.get(name, signal).catch(() => undefined);
    const isLatest = this.reads.get(name) === read;
    if (isLatest) this.reads.delete(name);
    // An exceeded deadline finds nothing; the caller decides what to do without a value.
    if (signal && isCallerGone(signal)) throw signal.reason;
    const far = text === undefined ? undefined : decodeEntry(text, this.schema, this.stores.clock.wall());
    if (!far) return near?.value;
    if (near && !accept(far.value) && isUsable(near.value)) {
      const isNewer = far.leftMs > near.expiresAt - this.stores.clock.now();
      if (!isNewer || !isUsable(far.value)) return near.value;
    }
    if (isLatest) this.remember(name, far.value, far.leftMs, text ?? '');
    return far.value;
  }

  private count(value: T | undefined, { accept = () => true }: ReadOptions<T> = {}): void {
    const found = value !== undefined && accept(value) ? 'hit' : 'stale';
    const result = value === undefined ? 'miss' : found;
    this.stores.metrics.count('cache_requests_total', { cache: this.name, result });
  }

  /** Writes a value to memory, which may refuse it, and to Redis. `shared` resolves when Redis has it too, or will not get it. */
  private write(
    name: string,
    value: T,
    ttlMs: number,
  ): { isHeld: boolean; shared?: Promise<void> | undefined } {
    const { clock, redis } = this.stores;
    const now = clock.wall();
    const text = encodeEntry(value, now + ttlMs);
    const decoded = decodeEntry(text, this.schema, now);
    if (!decoded) return { isHeld: false };
    // A read in progress must not bring back the old value.
    this.reads.delete(name);
    this.remember(name, decoded.value, ttlMs, text);
    return {
      isHeld: this.memory.get(name) !== undefined,
      shared: redis?.set(name, text, ttlMs, this.tagsOf(decoded.value)).catch(() => undefined),
    };
  }

  private remember(name: string, value: T, ttlMs: number, text: string): void {
    const bytes = name.length + Buffer.byteLength(text);
    this.memory.set(name, { value, expiresAt: this.stores.clock.now() + ttlMs, bytes });
  }

  private tagsOf(value: T): Tags | undefined {
    const { originOf, keepMs = 0 } = this.stores;
    const origin = originOf?.(value);
    if (!origin || origin.documents.length === 0) return undefined;
    return { names: origin.documents.map((id) => this.tagOf(id)), revision: origin.revision, keepMs };
  }

  private tagOf(documentId: string): string {
    return `failsoft:documents:${this.name}:${hash('sha256', documentId, 'base64url')}`;
  }

  /** Keys may be private text of any length, so only their hash is stored. */
  private nameOf(key: string): string {
    return this.prefix + hash('sha256', key, 'base64url');
  }

  private get prefix(): string {
    return `failsoft:${this.name}:`;
  }
}
