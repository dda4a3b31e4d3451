import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';

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

/** The bounded store in this process. Plain Keyv memory grows without bound, so an LRU stands behind it. */
export class Memory<T> {
  private readonly entries: LRUCache<string, { value: MemoryEntry<T> }>;
  private readonly keyv: Keyv<MemoryEntry<T>>;

  constructor(limits: MemoryLimits) {
    const entries = new LRUCache<string, { value: MemoryEntry<T> }>({
      max: limits.maxEntries,
      maxSize: limits.maxBytes,
      sizeCalculation: ({ value }) => value.bytes,
    });
    this.entries = entries;
    this.keyv = new Keyv({
      store: {
        get: (key: string) => entries.get(key),
        set: (key: string, stored: { value: MemoryEntry<T> }) => void entries.set(key, stored),
        delete: (key: string) => entries.delete(key),
        clear: () => entries.clear(),
      },
      useKeyPrefix: false,
      serialize: undefined,
      deserialize: undefined,
    });
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

  /** As `get`, at once: Keyv answers later, whatever its store. */
  near(key: string): MemoryEntry<T> | undefined {
    return this.entries.get(key)?.value;
  }

  get(key: string): Promise<MemoryEntry<T> | undefined> {
    return this.keyv.get(key);
  }

  async set(key: string, entry: MemoryEntry<T>): Promise<void> {
    await this.keyv.set(key, entry);
  }

  async delete(key: string): Promise<void> {
    await this.keyv.delete(key);
  }
}
