import type { Clock } from './clock.ts';

/** Counts events within the last `seconds`, with a resolution of one second, in constant memory. */
export class SlidingCounter {
  private readonly slots: { second: number; count: number }[];

  constructor(
    private readonly clock: Clock,
    private readonly seconds: number,
  ) {
    this.slots = Array.from({ length: seconds }, () => ({ second: Number.NEGATIVE_INFINITY, count: 0 }));
  }

  add(): void {
    const second = this.second();
    const slot = this.slots[second % this.seconds];
    if (!slot) return;
    if (slot.second !== second) slot.count = 0;
    slot.second = second;
    slot.count++;
  }

  get count(): number {
    const since = this.second() - this.seconds;
    return this.slots.reduce((sum, slot) => sum + (slot.second > since ? slot.count : 0), 0);
  }

  private second(): number {
    return Math.floor(this.clock.now() / 1_000);
  }
}
