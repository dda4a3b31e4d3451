import type { Clock } from '../../resilience/time/clock.ts';
import { BreakDuration } from '../../resilience/circuit/break-duration.ts';

/** Why a target was demoted. */
export const DEMOTION_CAUSES = ['silent', 'slow', 'failing', 'refusing'] as const;
export type DemotionCause = (typeof DEMOTION_CAUSES)[number];

/** The first cooldown of a demoted target. It doubles each time the target fails to recover. Raising it slows recovery. */
const COOLDOWN_MS = 10_000;
/** Good calls, started after the demotion, that end it. A failed try starts the count anew. Raising one keeps a target demoted longer. */
const CALLS_TO_RECOVER: Record<DemotionCause, number> = {
  silent: 1,
  slow: 3,
  failing: 3,
  refusing: 1,
};
/** A target is demoted as failing after this many failures among its last calls, all within a minute. */
const FAILING = { failures: 5, calls: 10, windowMs: 60_000 };
/** A target is demoted as refusing after this many different questions in a row. Lowering it lets a question that is at fault demote a target. */
const REFUSED_QUESTIONS = 3;
/** The times to the first token whose median counts: how many at least and at most, and how old. */
const TIMES = { least: 5, most: 20, windowMs: 300_000 };

interface Observation<T> {
  at: number;
  value: T;
}

/** The rank of one target: whether it keeps its configured place in the order or is demoted. */
export class TargetRank {
  /** Whether one of its calls was hedged and it has sent nothing since. */
  isUnresponsive = false;
  private inFlight = 0;
  private resetAt = Number.NEGATIVE_INFINITY;
  private outcomes: Observation<boolean>[] = [];
  private firstTokenTimes: Observation<number>[] = [];
  /** The questions that were refused for one cause since the last success. */
  private refused = { cause: '', questions: new Set<string>() };
  private demoted: { cause: DemotionCause; at: number; until: number; good: number } | undefined;
  private readonly cooldown: BreakDuration;

  /** @param inTimeMs the longest time to the first token that counts as good */
  constructor(
    private readonly clock: Clock,
    private readonly inTimeMs: number,
    random: () => number,
  ) {
    this.cooldown = new BreakDuration(clock, random);
  }

  /** Whether the target is demoted. After its cooldown, one call at a time may try it. */
  get isDemoted(): boolean {
    return this.demoted !== undefined;
  }

  /** Whether the target is called in its configured place: it is not demoted, or it has cooled down and has no call in flight. */
  get isEligible(): boolean {
    return !this.demoted || (this.clock.now() >= this.demoted.until && this.inFlight === 0);
  }

  /** The median time to the first token in milliseconds; undefined while too few are known. */
  get firstTokenMs(): number | undefined {
    const since = this.clock.now() - TIMES.windowMs;
    const times = this.firstTokenTimes.filter(({ at }) => at > since).map(({ value }) => value);
    return times.length < TIMES.least
      ? undefined
      : times.sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)];
  }

  recordStart(): void {
    this.inFlight++;
  }

  /** Records the first token, or other activity, of a call started at `startedAt`. */
  recordFirstToken(startedAt: number): void {
    this.isUnresponsive = false;
    if (startedAt < this.resetAt) return;
    const ms = this.clock.now() - startedAt;
    this.firstTokenTimes = append(this.firstTokenTimes, { at: this.clock.now(), value: ms }, TIMES.most);
    if (!this.demoted || startedAt < this.demoted.at) return;
    if (this.demoted.cause === 'failing' || this.demoted.cause === 'refusing') return;
    if (ms <= this.inTimeMs) this.recordSuccess(this.demoted.cause);
    else if (this.hasCooledDown) this.demote(this.demoted.cause);
  }

  /** Records the end of a call. `success` is undefined when the end says nothing about the target. */
  recordEnd(startedAt: number, success: boolean | undefined): void {
    this.inFlight--;
    if (success === undefined || startedAt < this.resetAt) return;
    if (success) this.refused.questions.clear();
    this.outcomes = append(this.outcomes, { at: this.clock.now(), value: success }, FAILING.calls);
    if (!this.demoted) {
      if (this.countFailures() >= FAILING.failures) this.demote('failing');
    } else if (startedAt >= this.demoted.at) {
      if (!success && this.hasCooledDown) this.demote(this.demoted.cause);
      else if (success && this.demoted.cause !== 'silent' && this.demoted.cause !== 'slow')
        this.recordSuccess(this.demoted.cause);
    }
  }

  /**
   * Records that the target refused a question. One question asked again and again says nothing about the target.
   * @param cause a bounded one; other causes start the count anew
   * @returns whether the target has now been demoted as refusing
   */
  recordRefusal(question: string, cause: string): boolean {
    if (cause !== this.refused.cause) this.refused = { cause, questions: new Set() };
    const { questions } = this.refused;
    if (questions.size < REFUSED_QUESTIONS) questions.add(question);
    if (questions.size < REFUSED_QUESTIONS) return false;
    const wasRefusing = this.demoted?.cause === 'refusing';
    this.demote('refusing');
    return !wasRefusing && this.demotion?.cause === 'refusing';
  }

  /** Ends a demotion for refusals, because a probe that was refused before has succeeded. */
  endRefusal(): void {
    this.refused.questions.clear();
    if (this.demoted?.cause === 'refusing') this.recordSuccess('refusing');
  }

  /** Demotes the target for a call started at `startedAt`. Has no effect during a cooldown, and for a call from before a reset. */
  demote(cause: DemotionCause, startedAt = this.clock.now()): void {
    if ((this.demoted && !this.hasCooledDown) || startedAt < this.resetAt) return;
    const now = this.clock.now();
    this.demoted = { cause, at: now, until: now + this.cooldown.next(COOLDOWN_MS), good: 0 };
    this.outcomes = [];
    this.firstTokenTimes = [];
  }

  /** Why the target is demoted, and the milliseconds until it may be tried; undefined when it is not demoted. */
  get demotion(): { cause: DemotionCause; cooldownMs: number } | undefined {
    const { demoted } = this;
    return demoted && { cause: demoted.cause, cooldownMs: Math.max(0, demoted.until - this.clock.now()) };
  }

  /** Ends a demotion and forgets what was recorded, also of calls that are under way. */
  reset(): void {
    this.resetAt = this.clock.now();
    this.demoted = undefined;
    this.refused.questions.clear();
    this.isUnresponsive = false;
    this.outcomes = [];
    this.firstTokenTimes = [];
    this.cooldown.reset();
  }

  private get hasCooledDown(): boolean {
    return this.demoted !== undefined && this.clock.now() >= this.demoted.until;
  }

  private recordSuccess(cause: DemotionCause): void {
    if (!this.demoted || ++this.demoted.good < CALLS_TO_RECOVER[cause]) return;
    this.demoted = undefined;
    this.cooldown.recordRecovery();
  }

  private countFailures(): number {
    const since = this.clock.now() - FAILING.windowMs;
    return this.outcomes.filter(({ at, value }) => !value && at > since).length;
  }
}

function append<T>(seen: Observation<T>[], newest: Observation<T>, most: number): Observation<T>[] {
  return [...seen.slice(1 - most), newest];
}
