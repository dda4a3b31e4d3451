import type { Clock } from './clock.ts';
import type { GuardEvent } from './guard-events.ts';
import { LatencyCounts } from './latency-counts.ts';

/** How a service did over a time. Rates are 0–1, and null where there is nothing to tell. */
export interface HealthWindow {
  /** Calls made, however they ended. */
  calls: number;
  /** Failures among successes and failures. */
  error_rate: number | null;
  /** How long the successful calls took, to 5 %. */
  p50_ms: number | null;
  p95_ms: number | null;
  /** Successes among successes, failures and calls that the guard refused: what of the demand was served. */
  availability: number | null;
}

/** How a service did over the last minute and hour. */
export interface ServiceHealth {
  minute: HealthWindow;
  hour: HealthWindow;
}

/** The length of a slot: windows are exact to this. */
const SLOT_MS = 10_000;
const SLOTS = { minute: 6, hour: 360 };

/** What happened within ten seconds. */
interface Slot {
  number: number;
  successes: number;
  failures: number;
  ignored: number;
  rejected: number;
  latencies: LatencyCounts;
}

/** Follows every guard: calls, errors, latency and availability of the last hour, in bounded memory. For showing alone. */
export class TargetHealth {
  private readonly slots = new Map<string, Slot[]>();

  constructor(private readonly clock: Clock) {}

  /** To be given to `GuardRegistry.listen`. */
  readonly hear = (event: GuardEvent): void => {
    if (event.type === 'rejected') this.current(event.guard).rejected++;
    if (event.type !== 'settled') return;
    const slot = this.current(event.guard);
    if (event.outcome === 'success') {
      slot.successes++;
      slot.latencies.add(event.durationMs);
    } else if (event.outcome === 'failure') slot.failures++;
    else slot.ignored++;
  };

  /** The health of the service behind the guard of that name; one that was never called has nothing to tell. */
  health(name: string): ServiceHealth {
    return { minute: this.window(name, SLOTS.minute), hour: this.window(name, SLOTS.hour) };
  }

  private window(name: string, length: number): HealthWindow {
    const since = this.slotNumber() - length;
    const slots = (this.slots.get(name) ?? []).filter(({ number }) => number > since);
    const sum = (count: (slot: Slot) => number) => slots.reduce((total, slot) => total + count(slot), 0);
    const successes = sum((slot) => slot.successes);
    const failures = sum((slot) => slot.failures);
    const latencies = LatencyCounts.merge(slots.map((slot) => slot.latencies));
    return {
      calls: successes + failures + sum((slot) => slot.ignored),
      error_rate: share(failures, successes + failures),
      p50_ms: latencies.quantile(0.5),
      p95_ms: latencies.quantile(0.95),
      availability: share(successes, successes + failures + sum((slot) => slot.rejected)),
    };
  }

  private current(name: string): Slot {
    const number = this.slotNumber();
    const slots = this.slots.get(name) ?? [];
    const newest = slots.at(-1);
    if (newest?.number === number) return newest;
    const latencies = new LatencyCounts();
    const slot = { number, successes: 0, failures: 0, ignored: 0, rejected: 0, latencies };
    const kept = slots.filter((old) => old.number > number - SLOTS.hour);
    this.slots.set(name, [...kept, slot]);
    return slot;
  }

  private slotNumber(): number {
    return Math.floor(this.clock.now() / SLOT_MS);
  }
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Number((part / whole).toFixed(4));
}
