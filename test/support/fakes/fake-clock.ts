import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises';
import type { Clock } from '../../../src/resilience/time/clock.ts';

/** Turns of the event loop that one wait may take: far more than any work that ends. Work that reschedules itself for ever fails its test. */
const MAX_TURNS = 1_000_000;

/** A clock that stands still until it is advanced. */
export class FakeClock implements Clock {
  private time = 1_000;
  private readonly timers = new Set<{ at: number; callback: () => void }>();
  private readonly working = new Set<() => boolean>();

  now(): number {
    return this.time;
  }

  wall(): number {
    return 1_795_228_200_000 + this.time;
  }

  setTimer(callback: () => void, ms: number): () => void {
    const timer = { at: this.time + ms, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Timers that wait: none may be left when everything has been released. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Whether some timer runs out in exactly `ms`. */
  isDueIn(ms: number): boolean {
    return [...this.timers].some(({ at }) => at === this.time + ms);
  }

  /**
   * Lets no time pass while `isWorking`: what works in real time would meet every limit when the clock jumps.
   * @returns lets time pass again whatever it does
   */
  standWhile(isWorking: () => boolean): () => void {
    this.working.add(isWorking);
    return () => this.working.delete(isWorking);
  }

  /** Lets `ms` pass: runs the timers that fall due in order, each followed by everything it sets off. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    const end = this.time + ms;
    for (;;) {
      const [next] = [...this.timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await this.settle();
    }
    this.time = end;
    await this.settle();
  }

  /** Waits until everything that is ready has run, and nothing works in real time. */
  private async settle(): Promise<void> {
    await takeTurn();
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      if (countImmediates() > turns) await takeTurn();
      else if ([...this.working].some((isWorking) => isWorking())) await setTimeout(1);
      else return;
    }
    throw new Error(`the work after a step of the clock has not ended within ${MAX_TURNS} turns`);
  }
}

/** Turns of the event loop for which clocks wait now: those of other clocks set nothing off. */
let turns = 0;

/** Lets all promises run that are ready, and the callbacks of `setImmediate`. */
async function takeTurn(): Promise<void> {
  turns++;
  await nextTurn();
  turns--;
}

/** Callbacks of `setImmediate` that wait in the whole process. */
function countImmediates(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Immediate').length;
}
