import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../resilience/time/clock.ts';

/** The limits of a cache in memory. When it is full, the least recently used entry is dropped. */
export interface MemoryLimits {
  maxEntries: number;
  /** The most serialised bytes of keys and values. A larger entry is not stored. */
  maxBytes: number;
}

/** A value with its expiry and size. */
export interface MemoryEntry<T> {
  value: T;
  /** Monotonic milliseconds. */
  expiresAt: number;
  /** Serialised size, above 0. */
  bytes: number;
}

/** The bounded store in this process: Keyv over an LRU, since Keyv's own memory grows without bound. */
export class MemoryCache<T> {
  private readonly entries: LRUCache<string, { value: MemoryEntry<T> }>;
  private readonly keyv: Keyv<MemoryEntry<T>>;

  constructor(
    limits: MemoryLimits,
    private readonly clock: Clock,
  ) {
    this.entries = new LRUCache({
      max: limits.maxEntries,
      maxSize: limits.maxBytes,
      sizeCalculation: ({ value }) => value.bytes,
    });
    // Keyv copies and prefixes nothing: the cache freezes its values and names its keys.
    const asTheyAre = { useKeyPrefix: false, serialize: undefined, deserialize: undefined };
    this.keyv = new Keyv({ store: this.entries, ...asTheyAre });
  }

  /** The number of entries, at most `maxEntries`. */
  get size(): number {
    return this.entries.size;
  }

  /** The serialised bytes, at most `maxBytes`. */
  get bytes(): number {
    return this.entries.calculatedSize;
  }

  /** All entries, least recently used first. Does not count as use. */
  *all(): Generator<[key: string, entry: MemoryEntry<T>]> {
    // Entries used or written during the iteration would change its order.
    const keys = Array.from(this.entries.rkeys());
    for (const key of keys) {
      const stored = this.entries.peek(key);
      if (stored) yield [key, stored.value];
    }
  }

  /** The entry, until its time is over. Keyv is passed by: it would give a promise of it. */
  getSync(key: string): MemoryEntry<T> | undefined {
    const entry = this.entries.get(key)?.value;
    if (entry === undefined || entry.expiresAt > this.clock.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  async set(key: string, entry: MemoryEntry<T>): Promise<void> {
    await this.keyv.set(key, entry);
  }

  async delete(key: string): Promise<void> {
    await this.keyv.delete(key);
  }
}
