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

/** The bounded store in this process. */
export class MemoryCache<T> {
  private readonly entries: LRUCache<string, MemoryEntry<T>>;

  constructor(
    { maxEntries, maxBytes }: MemoryLimits,
    private readonly clock: Clock,
  ) {
    this.entries = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }) => bytes,
    });
  }

  /** The number of entries, and their serialised bytes. */
  get size(): { entries: number; bytes: number } {
    return { entries: this.entries.size, bytes: this.entries.calculatedSize };
  }

  /** All entries, least recently used first. Does not count as use. */
  *all(): Generator<[key: string, entry: MemoryEntry<T>]> {
    // Entries used or written during the iteration would change its order.
    const keys = Array.from(this.entries.rkeys());
    for (const key of keys) {
      const entry = this.entries.peek(key);
      if (entry) yield [key, entry];
    }
  }

  /** The entry, until it expires. */
  get(key: string): MemoryEntry<T> | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.expiresAt > this.clock.now()) return entry;
    this.entries.delete(key);
    return undefined;
  }

  set(key: string, entry: MemoryEntry<T>): void {
    this.entries.set(key, entry);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
