import type { Clock } from '../../resilience/time/clock.ts';
import { OpenTime } from '../../resilience/circuit/break-duration.ts';

/** Why a target has lost its place in the order. */
export type LossCause = 'silent' | 'slow' | 'failing';

/** How long a target first stays out of its place; doubles each time that it fails to win it back. */
const REST_MS = 10_000;
/** Good calls in a row, begun after the loss, that win the place back. */
const GOOD_CALLS: Record<LossCause, number> = { silent: 1, slow: 3, failing: 3 };
/** Failures among the last calls, none older than a minute, with which a target counts as failing. */
const FAILING = { failures: 5, calls: 10, windowMs: 60_000 };
/** First tokens of which the median is taken, and how old they may be. */
const TIMES = { least: 5, most: 20, windowMs: 300_000 };

interface Seen<T> {
  at: number;
  value: T;
}

/** What one target has shown lately, and whether it may stand in its configured place. */
export class Standing {
  /** Nothing has been heard of it since one of its calls was hedged. */
  isSilent = false;
  private underWay = 0;
  private ends: Seen<boolean>[] = [];
  private times: Seen<number>[] = [];
  private loss: { cause: LossCause; at: number; until: number; good: number } | undefined;
  private readonly restTime: OpenTime;

  /** @param inTimeMs how long a target may take to its first token and still be in time */
  constructor(
    private readonly clock: Clock,
    private readonly inTimeMs: number,
    random: () => number,
  ) {
    this.restTime = new OpenTime(clock, random);
  }

  /** Whether the place is lost, although one call at a time may try to win it back. */
  get hasLostPlace(): boolean {
    return this.loss !== undefined;
  }

  /** Whether it is asked in its place: it has not lost it, or has rested and has no other call under way. */
  get mayBeAsked(): boolean {
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

  begin(): void {
    this.underWay++;
  }

  /** Notes the first sign of life of a call that began at `startedAt`. */
  spoke(startedAt: number): void {
    this.isSilent = false;
    const ms = this.clock.now() - startedAt;
    this.times = remember(this.times, { at: this.clock.now(), value: ms }, TIMES.most);
    if (!this.loss || this.loss.cause === 'failing' || startedAt < this.loss.at) return;
    if (ms <= this.inTimeMs) this.noteGood(this.loss.cause);
    else if (this.hasRested) this.lose(this.loss.cause);
  }

  /** Notes the end of a call; `success` is undefined when it shows nothing of the target. */
  end(startedAt: number, success: boolean | undefined): void {
    this.underWay--;
    if (success === undefined) return;
    this.ends = remember(this.ends, { at: this.clock.now(), value: success }, FAILING.calls);
    if (!this.loss) {
      if (this.countFailures() >= FAILING.failures) this.lose('failing');
    } else if (startedAt >= this.loss.at) {
      if (!success && this.hasRested) this.lose(this.loss.cause);
      else if (success && this.loss.cause === 'failing') this.noteGood('failing');
    }
  }

  /** Takes its place away; without effect while it rests. */
  lose(cause: LossCause): void {
    if (this.loss && !this.hasRested) return;
    const now = this.clock.now();
    this.loss = { cause, at: now, until: now + this.restTime.trip(REST_MS), good: 0 };
    this.ends = [];
    this.times = [];
  }

  /** Why the place is lost, and the milliseconds left before it may be tried again; undefined when it is not. */
  get lost(): { cause: LossCause; restMs: number } | undefined {
    const { loss } = this;
    return loss && { cause: loss.cause, restMs: Math.max(0, loss.until - this.clock.now()) };
  }

  /** Gives it its place again, as if nothing had been seen. */
  forget(): void {
    this.loss = undefined;
    this.isSilent = false;
    this.ends = [];
    this.times = [];
    this.restTime.forget();
  }

  private get hasRested(): boolean {
    return this.loss !== undefined && this.clock.now() >= this.loss.until;
  }

  private noteGood(cause: LossCause): void {
    if (!this.loss || ++this.loss.good < GOOD_CALLS[cause]) return;
    this.loss = undefined;
    this.restTime.recover();
  }

  private countFailures(): number {
    const since = this.clock.now() - FAILING.windowMs;
    return this.ends.filter(({ at, value }) => !value && at > since).length;
  }
}

function remember<T>(seen: Seen<T>[], newest: Seen<T>, most: number): Seen<T>[] {
  return [...seen.slice(1 - most), newest];
}
