import type { Clock } from './clock.ts';

/** A value that expires. */
export class ExpiringValue<T> {
  private held: { value: T; until: number } | undefined;

  constructor(private readonly clock: Clock) {}

  /** The value; undefined once it has expired. */
  get current(): T | undefined {
    return this.leftMs > 0 ? this.held?.value : undefined;
  }

  /** Milliseconds until the value expires; 0 without a value. */
  get leftMs(): number {
    return this.held ? Math.max(0, this.held.until - this.clock.now()) : 0;
  }

  /** Replaces the value. It expires after `ms` milliseconds. */
  set(value: T, ms: number): void {
    this.held = { value, until: this.clock.now() + ms };
  }

  clear(): void {
    this.held = undefined;
  }
}
