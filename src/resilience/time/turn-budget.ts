import { AsyncResource } from 'node:async_hooks';
import type { Clock } from './clock.ts';

/** Spreads work that arrives in one turn of the event loop over as many turns as it needs, first come first. */
export class TurnBudget {
  private readonly waiting: (() => void)[] = [];
  /** When the first work of this turn began, in milliseconds; undefined while none has. */
  private startedMs: number | undefined;

  /** @param limitMs milliseconds after which no further work begins in a turn */
  constructor(
    private readonly clock: Clock,
    private readonly limitMs: number,
  ) {}

  /** Calls `work`, which must not throw: at once while this turn has time left and nothing waits, else in a later turn. */
  run(work: () => void): void {
    if (this.waiting.length === 0 && this.hasTime()) work();
    else this.waiting.push(AsyncResource.bind(work));
  }

  private hasTime(): boolean {
    const nowMs = this.clock.now();
    if (this.startedMs === undefined) {
      this.startedMs = nowMs;
      setImmediate(() => this.beginTurn());
    }
    return nowMs - this.startedMs < this.limitMs;
  }

  private beginTurn(): void {
    this.startedMs = undefined;
    while (this.waiting.length > 0 && this.hasTime()) this.waiting.shift()?.();
  }
}
