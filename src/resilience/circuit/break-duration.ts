import type { Clock } from '../time/clock.ts';

const MAX_OPEN_MS = 300_000;
const MAX_JITTER = 0.2;
/** Trips are forgotten after this long without one, the circuit being closed. */
const HEALTH_MS = 60_000;

/** How long a circuit stays open: doubles with each trip that comes soon after recovery, so that it does not flap. */
export class BreakDuration {
  private trips = 0;
  private closedAt: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Trips remembered at present. */
  get consecutiveTrips(): number {
    return this.hasForgotten() ? 0 : this.trips;
  }

  /** Notes a trip; the time to stay open in milliseconds: `baseMs` doubled per remembered trip, at most five minutes, plus up to a fifth of jitter. */
  next(baseMs: number): number {
    const doublings = this.consecutiveTrips;
    this.trips = doublings + 1;
    this.closedAt = undefined;
    const ms = Math.min(baseMs * 2 ** doublings, MAX_OPEN_MS);
    return Math.min(ms * (1 + this.random() * MAX_JITTER), MAX_OPEN_MS);
  }

  /** Notes that the circuit closed. */
  recordRecovery(): void {
    this.closedAt = this.clock.now();
  }

  reset(): void {
    this.trips = 0;
    this.closedAt = undefined;
  }

  private hasForgotten(): boolean {
    return this.closedAt !== undefined && this.clock.now() - this.closedAt >= HEALTH_MS;
  }
}
