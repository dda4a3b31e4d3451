import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../resilience/time/clock.ts';

/** The most a cache may hold in memory; when full, what was not used for longest makes room. */
export interface MemoryLimits {
  maxEntries: number;
  /** Of keys and values in their serialised form. An entry larger than this is not kept. */
  maxBytes: number;
}

/** A value with what is needed to forget it. */
export interface MemoryEntry<T> {
  value: T;
  /** On the clock's monotonic time, in milliseconds. */
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

  /** How many entries are held, at most `maxEntries`. */
  get size(): number {
    return this.entries.size;
  }

  /** How many serialised bytes are held, at most `maxBytes`. */
  get bytes(): number {
    return this.entries.calculatedSize;
  }

  /** Everything held, what was not used for longest first; which does not count as use. */
  *all(): Generator<[key: string, entry: MemoryEntry<T>]> {
    // What is used or written between two of them would break the order that is being followed.
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
