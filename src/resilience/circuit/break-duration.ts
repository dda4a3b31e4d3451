import type { Clock } from '../time/clock.ts';

const MAX_OPEN_MS = 300_000;
const MAX_JITTER = 0.2;
/** Trips are forgotten after this long in the closed state. Raising it keeps break durations long for services that recover slowly. */
const HEALTH_MS = 60_000;

/** How long a circuit stays open. The duration doubles with each trip soon after a recovery, so that the circuit does not flap. */
export class BreakDuration {
  private trips = 0;
  private closedAt: number | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Trips that lengthen the next break. */
  get consecutiveTrips(): number {
    return this.hasForgotten() ? 0 : this.trips;
  }

  /**
   * Records a trip.
   * @returns the break duration in milliseconds: `baseMs`, doubled per consecutive trip, plus up to 20 % of jitter, at most five minutes
   */
  next(baseMs: number): number {
    const doublings = this.consecutiveTrips;
    this.trips = doublings + 1;
    this.closedAt = undefined;
    const ms = Math.min(baseMs * 2 ** doublings, MAX_OPEN_MS);
    return Math.min(ms * (1 + this.random() * MAX_JITTER), MAX_OPEN_MS);
  }

  /** Records that the circuit closed. */
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
