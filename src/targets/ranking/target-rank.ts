import type { Clock } from '../../resilience/time/clock.ts';
import { BreakDuration } from '../../resilience/circuit/break-duration.ts';

/** Why a target was demoted. */
export type DemotionCause = 'silent' | 'slow' | 'failing';

/** The first cooldown of a demoted target. It doubles each time the target fails to recover. Raising it slows recovery. */
const COOLDOWN_MS = 10_000;
/** Good calls in a row, started after the demotion, that end it. Raising one keeps a target demoted longer. */
const CALLS_TO_RECOVER: Record<DemotionCause, number> = { silent: 1, slow: 3, failing: 3 };
/** A target is demoted as failing after this many failures among its last calls, all within a minute. */
const FAILING = { failures: 5, calls: 10, windowMs: 60_000 };
/** The times to the first token whose median counts: how many at least and at most, and how old. */
const TIMES = { least: 5, most: 20, windowMs: 300_000 };

interface Seen<T> {
  at: number;
  value: T;
}

/** The rank of one target: whether it keeps its configured place in the order or is demoted. */
export class TargetRank {
  /** Whether one of its calls was hedged and it has sent nothing since. */
  isSilent = false;
  private underWay = 0;
  private ends: Seen<boolean>[] = [];
  private times: Seen<number>[] = [];
  private loss: { cause: DemotionCause; at: number; until: number; good: number } | undefined;
  private readonly restTime: BreakDuration;

  /** @param inTimeMs the longest time to the first token that counts as good */
  constructor(
    private readonly clock: Clock,
    private readonly inTimeMs: number,
    random: () => number,
  ) {
    this.restTime = new BreakDuration(clock, random);
  }

  /** Whether the target is demoted. After its cooldown, one call at a time may try it. */
  get isDemoted(): boolean {
    return this.loss !== undefined;
  }

  /** Whether the target is called in its configured place: it is not demoted, or it has cooled down and has no call in flight. */
  get isEligible(): boolean {
    return !this.loss || (this.clock.now() >= this.loss.until && this.underWay === 0);
  }

  /** The median time to the first token in milliseconds; undefined while too few are known. */
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

  /** Records the first token, or other activity, of a call started at `startedAt`. */
  recordFirstToken(startedAt: number): void {
    this.isSilent = false;
    const ms = this.clock.now() - startedAt;
    this.times = remember(this.times, { at: this.clock.now(), value: ms }, TIMES.most);
    if (!this.loss || this.loss.cause === 'failing' || startedAt < this.loss.at) return;
    if (ms <= this.inTimeMs) this.recordSuccess(this.loss.cause);
    else if (this.hasCooledDown) this.demote(this.loss.cause);
  }

  /** Records the end of a call. `success` is undefined when the end says nothing about the target. */
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

  /** Demotes the target. Has no effect during a cooldown. */
  demote(cause: DemotionCause): void {
    if (this.loss && !this.hasCooledDown) return;
    const now = this.clock.now();
    this.loss = { cause, at: now, until: now + this.restTime.next(COOLDOWN_MS), good: 0 };
    this.ends = [];
    this.times = [];
  }

  /** Why the target is demoted, and the milliseconds until it may be tried; undefined when it is not demoted. */
  get demotion(): { cause: DemotionCause; cooldownMs: number } | undefined {
    const { loss } = this;
    return loss && { cause: loss.cause, cooldownMs: Math.max(0, loss.until - this.clock.now()) };
  }

  /** Ends a demotion and forgets what was recorded. */
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
