import type { Clock } from '../time/clock.ts';

/** The length of a slot. Raised, a chart of answers shows less. */
const SLOT_MS = 10_000;
/** An hour. Raised, memory grows by the sources that answer in ten seconds. */
const MAX_SLOTS = 360;

/** The answers that were given in ten seconds by their source. `at` is in epoch milliseconds. */
export interface CountedAnswers {
  at: number;
  sources: Record<string, number>;
}

/** Counts the answers of the last hour by their source, in slots of ten seconds. For showing alone. */
export class AnswerCounts {
  readonly slotSeconds = SLOT_MS / 1_000;
  private readonly slots = new Map<number, CountedAnswers>();

  /** From when on answers are counted, in epoch milliseconds. */
  readonly since: number;

  constructor(private readonly clock: Clock) {
    this.since = clock.wall();
  }

  /** Counts an answer. @param source one of a bounded set */
  add(source: string): void {
    const at = Math.floor(this.clock.wall() / SLOT_MS) * SLOT_MS;
    const slot = this.slots.get(at) ?? { at, sources: {} };
    slot.sources[source] = (slot.sources[source] ?? 0) + 1;
    this.slots.set(at, slot);
    // The clock on the wall may be set back, so that the oldest slot need not be the first one.
    if (this.slots.size > MAX_SLOTS) this.slots.delete(Math.min(...this.slots.keys()));
  }

  /** The slots with some time from `from` to `to`, in epoch milliseconds, oldest first. */
  between(from: number, to: number): CountedAnswers[] {
    const found = [...this.slots.values()].filter(({ at }) => at > from - SLOT_MS && at <= to);
    return found.sort((a, b) => a.at - b.at);
  }
}
