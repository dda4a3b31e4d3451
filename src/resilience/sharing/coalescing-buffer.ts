/** Changes that wait to be written: the newest of each key alone. When it is full, the oldest is dropped. */
export class CoalescingBuffer<T> {
  private readonly waiting = new Map<string, T>();
  private draining: Promise<void> | undefined;

  constructor(private readonly limit: number) {}

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** Whether changes are being written; what is put now is written with them. */
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
   * Writes what waits, one after the other; what is put meanwhile, too. Joins a drain that is under way.
   * @throws what `write` threw; that change and those after it go on waiting
   */
  drain(write: (change: T) => Promise<void>): Promise<void> {
    if (this.isEmpty) return Promise.resolve();
    this.draining ??= this.writeAll(write);
    return this.draining;
  }

  private async writeAll(write: (change: T) => Promise<void>): Promise<void> {
    try {
      // An iterator that rests during a write would hold everything that is dropped meanwhile.
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
