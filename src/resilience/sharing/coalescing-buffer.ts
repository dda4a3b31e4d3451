/** Buffers changes to be written, only the newest of each key. When the buffer is full, the oldest is dropped. */
export class CoalescingBuffer<T> {
  private readonly waiting = new Map<string, T>();
  private draining: Promise<void> | undefined;

  constructor(private readonly limit: number) {}

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** Whether changes are being written. Changes enqueued now are written with them. */
  get isDraining(): boolean {
    return this.draining !== undefined;
  }

  has(key: string): boolean {
    return this.waiting.has(key);
  }

  enqueue(key: string, change: T): void {
    this.waiting.delete(key);
    this.waiting.set(key, change);
    const [oldest] = this.waiting.keys();
    if (this.waiting.size > this.limit && oldest !== undefined) this.waiting.delete(oldest);
  }

  /**
   * Writes the buffered changes one after the other, including those enqueued meanwhile. Joins a drain in progress.
   * @throws what `write` throws; that change and the later ones stay buffered
   */
  drain(write: (change: T) => Promise<void>): Promise<void> {
    if (this.isEmpty) return Promise.resolve();
    this.draining ??= this.writeAll(write);
    return this.draining;
  }

  private async writeAll(write: (change: T) => Promise<void>): Promise<void> {
    try {
      // A suspended iterator would keep dropped changes in memory during a write.
      for (let [first] = this.waiting; first !== undefined; [first] = this.waiting) {
        const [key, change] = first;
        await write(change);
        if (this.waiting.get(key) === change) this.waiting.delete(key);
      }
    } finally {
      this.draining = undefined;
    }
  }
}
