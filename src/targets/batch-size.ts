import { MAX_TEXTS_PER_CALL } from '../models/embedding.ts';
import type { Clock } from '../resilience/time/clock.ts';
import { ExpiringValue } from '../resilience/time/expiring-value.ts';

/** By how much one call may grow over the one before. Raised, a slow host meets a call that is too long sooner. */
const GROWTH = 2;
/** How long a limit is remembered that the host has told, in milliseconds. Raised, a host with a new limit gets small batches for longer. */
const TOLD_MS = 3_600_000;
/** The same for a limit that it has shown by refusing more. The time doubles when that happens again, up to `TOLD_MS`. */
const SHOWN_MS = 60_000;

/** How many texts a host gets in one call: as many as it takes, and embeds in a given time. */
export class BatchSize {
  private size = 1;
  private readonly limit: ExpiringValue<number>;
  private shown = { limit: 0, ms: SHOWN_MS };

  /** @param targetMs the time that one call should take */
  constructor(
    private readonly targetMs: number,
    clock: Clock,
  ) {
    this.limit = new ExpiringValue(clock);
  }

  /** The texts of the next call, at least one. */
  get current(): number {
    return Math.min(this.size, this.most);
  }

  /** Records that `count` texts took `ms` milliseconds. */
  recordSuccess(count: number, ms: number): void {
    const fitting = Math.floor((count * this.targetMs) / Math.max(ms, 1));
    // A call of few texts is mostly waiting: its time says nothing against a greater one.
    const next = ms > this.targetMs ? fitting : Math.max(this.size, Math.min(fitting, count * GROWTH));
    this.size = Math.max(1, Math.min(next, this.most));
  }

  /** Records that `count` texts took too long. */
  recordTimeout(count: number): void {
    this.size = Math.max(1, Math.min(this.size, Math.floor(count / 2)));
  }

  /** Records that the host has told its limit. */
  recordLimit(limit: number): void {
    this.limit.set(limit, TOLD_MS);
  }

  /** Records that the host refuses `count` texts, perhaps for their number. */
  recordRefusal(count: number): void {
    const limit = Math.ceil(count / 2);
    const ms = limit === this.shown.limit ? Math.min(this.shown.ms * 2, TOLD_MS) : SHOWN_MS;
    this.shown = { limit, ms };
    this.limit.set(limit, ms);
  }

  /** Records that a single text was refused: the host did not refuse those sent with it for their number. */
  forgetLimit(): void {
    this.limit.clear();
    this.shown = { limit: 0, ms: SHOWN_MS };
  }

  private get most(): number {
    return Math.min(this.limit.current ?? MAX_TEXTS_PER_CALL, MAX_TEXTS_PER_CALL);
  }
}
