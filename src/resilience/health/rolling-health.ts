import type { Clock } from '../time/clock.ts';
import type { GuardEvent } from '../guard/guard-events.ts';
import { addCounts, summarise, type HealthCounts, type ServiceHealth } from './health-counts.ts';
import { LatencyHistogram } from './latency-histogram.ts';

/** The length of a slot. Raising it saves memory and makes the windows less exact. */
const SLOT_MS = 10_000;
const SLOTS = { minute: 6, hour: 360 };

/** The counts of ten seconds. */
interface Slot extends Omit<HealthCounts, 'latencies'> {
  number: number;
  latencies: LatencyHistogram;
}

/** Counts of the last minute and hour. */
export interface RecentCounts {
  minute: HealthCounts;
  hour: HealthCounts;
}

/** Follows every guard: calls, errors, latency and availability of the last hour, in bounded memory. For showing alone. */
export class RollingHealth {
  private readonly slots = new Map<string, Slot[]>();

  constructor(private readonly clock: Clock) {}

  /** Counts an event of a guard. A listener for `GuardRegistry.subscribe`. */
  readonly record = (event: GuardEvent): void => {
    if (event.type === 'rejected') this.current(event.guard).rejected++;
    if (event.type !== 'settled') return;
    const slot = this.current(event.guard);
    if (event.outcome === 'success') {
      slot.successes++;
      // What a drill delays is not usual.
      if (!event.isDrilled) slot.latencies.add(event.durationMs);
    } else if (event.outcome === 'failure') slot.failures++;
    else slot.ignored++;
  };

  /** The health of the service behind the guard of that name; all counts are 0 when it was never called. */
  health(name: string): ServiceHealth {
    const { minute, hour } = this.counts(name);
    return { minute: summarise(minute), hour: summarise(hour) };
  }

  /** The counts of the service behind the guard of that name. */
  counts(name: string): RecentCounts {
    return { minute: this.count(name, SLOTS.minute), hour: this.count(name, SLOTS.hour) };
  }

  private count(name: string, length: number): HealthCounts {
    const since = this.slotNumber() - length;
    const recent = (this.slots.get(name) ?? []).filter(({ number }) => number > since);
    return addCounts(recent.map((slot) => ({ ...slot, latencies: slot.latencies.pairs })));
  }

  private current(name: string): Slot {
    const number = this.slotNumber();
    const slots = this.slots.get(name) ?? [];
    const newest = slots.at(-1);
    if (newest?.number === number) return newest;
    const latencies = new LatencyHistogram();
    const slot = { number, successes: 0, failures: 0, ignored: 0, rejected: 0, latencies };
    const kept = slots.filter((old) => old.number > number - SLOTS.hour);
    this.slots.set(name, [...kept, slot]);
    return slot;
  }

  private slotNumber(): number {
    return Math.floor(this.clock.now() / SLOT_MS);
  }
}
