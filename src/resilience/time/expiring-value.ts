import type { Clock } from './clock.ts';

/** A value that holds for a time and then ends by itself. */
export class ExpiringValue<T> {
  private held: { value: T; until: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /** The value while it holds. */
  get current(): T | undefined {
    return this.leftMs > 0 ? this.held?.value : undefined;
  }

  /** Milliseconds until it ends; 0 when none holds. */
  get leftMs(): number {
    return this.held ? Math.max(0, this.held.until - this.clock.now()) : 0;
  }

  /** Replaces what held before. */
  set(value: T, ms: number): void {
    this.held = { value, until: this.clock.now() + ms };
  }

  clear(): void {
    this.held = undefined;
  }
}
