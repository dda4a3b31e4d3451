import type { Clock } from '../../resilience/time/clock.ts';
import { BreakDuration } from '../../resilience/circuit/break-duration.ts';

/** Why a target has lost its place in the order. */
export type DemotionCause = 'silent' | 'slow' | 'failing';

/** How long a target first stays out of its place; doubles each time that it fails to win it back. */
const COOLDOWN_MS = 10_000;
/** Good calls in a row, begun after the loss, that win the place back. */
const CALLS_TO_RECOVER: Record<DemotionCause, number> = { silent: 1, slow: 3, failing: 3 };
/** Failures among the last calls, none older than a minute, with which a target counts as failing. */
const FAILING = { failures: 5, calls: 10, windowMs: 60_000 };
/** First tokens of which the median is taken, and how old they may be. */
const TIMES = { least: 5, most: 20, windowMs: 300_000 };

interface Seen<T> {
  at: number;
  value: T;
}

/** What one target has shown lately, and whether it may stand in its configured place. */
export class TargetRank {
  /** Nothing has been heard of it since one of its calls was hedged. */
  isSilent = false;
  private underWay = 0;
  private ends: Seen<boolean>[] = [];
  private times: Seen<number>[] = [];
  private loss: { cause: DemotionCause; at: number; until: number; good: number } | undefined;
  private readonly restTime: BreakDuration;

  /** @param inTimeMs how long a target may take to its first token and still be in time */
  constructor(
    private readonly clock: Clock,
    private readonly inTimeMs: number,
    random: () => number,
  ) {
    this.restTime = new BreakDuration(clock, random);
  }

  /** Whether the place is lost, although one call at a time may try to win it back. */
  get isDemoted(): boolean {
    return this.loss !== undefined;
  }

  /** Whether it is asked in its place: it has not lost it, or has rested and has no other call under way. */
  get isEligible(): boolean {
    return !this.loss || (this.clock.now() >= this.loss.until && this.underWay === 0);
  }

  /** The usual time to its first token in milliseconds; undefined while too few are known. */
  get firstTokenMs(): number | undefined {
    const since = this.clock.now() - TIMES.windowMs;
    const times = this.times.filter(({ at }) => at > since).map(({ value }) => value);
    return times.length < TIMES.least
      ? undefined
      : times.sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)];
  }

  recordStart(): void {
    this.underWay++;
  }

  /** Notes the first sign of life of a call that began at `startedAt`. */
  recordFirstToken(startedAt: number): void {
    this.isSilent = false;
    const ms = this.clock.now() - startedAt;
    this.times = remember(this.times, { at: this.clock.now(), value: ms }, TIMES.most);
    if (!this.loss || this.loss.cause === 'failing' || startedAt < this.loss.at) return;
    if (ms <= this.inTimeMs) this.recordSuccess(this.loss.cause);
    else if (this.hasCooledDown) this.demote(this.loss.cause);
  }

  /** Notes the end of a call; `success` is undefined when it shows nothing of the target. */
  recordEnd(startedAt: number, success: boolean | undefined): void {
    this.underWay--;
    if (success === undefined) return;
    this.ends = remember(this.ends, { at: this.clock.now(), value: success }, FAILING.calls);
    if (!this.loss) {
      if (this.countFailures() >= FAILING.failures) this.demote('failing');
    } else if (startedAt >= this.loss.at) {
      if (!success && this.hasCooledDown) this.demote(this.loss.cause);
      else if (success && this.loss.cause === 'failing') this.recordSuccess('failing');
    }
  }

  /** Takes its place away; without effect while it rests. */
  demote(cause: DemotionCause): void {
    if (this.loss && !this.hasCooledDown) return;
    const now = this.clock.now();
    this.loss = { cause, at: now, until: now + this.restTime.next(COOLDOWN_MS), good: 0 };
    this.ends = [];
    this.times = [];
  }

  /** Why the place is lost, and the milliseconds left before it may be tried again; undefined when it is not. */
  get demotion(): { cause: DemotionCause; cooldownMs: number } | undefined {
    const { loss } = this;
    return loss && { cause: loss.cause, cooldownMs: Math.max(0, loss.until - this.clock.now()) };
  }

  /** Gives it its place again, as if nothing had been seen. */
  reset(): void {
    this.loss = undefined;
    this.isSilent = false;
    this.ends = [];
    this.times = [];
    this.restTime.reset();
  }

  private get hasCooledDown(): boolean {
    return this.loss !== undefined && this.clock.now() >= this.loss.until;
  }

  private recordSuccess(cause: DemotionCause): void {
    if (!this.loss || ++this.loss.good < CALLS_TO_RECOVER[cause]) return;
    this.loss = undefined;
    this.restTime.recordRecovery();
  }

  private countFailures(): number {
    const since = this.clock.now() - FAILING.windowMs;
    return this.ends.filter(({ at, value }) => !value && at > since).length;
  }
}

function remember<T>(seen: Seen<T>[], newest: Seen<T>, most: number): Seen<T>[] {
  return [...seen.slice(1 - most), newest];
}
