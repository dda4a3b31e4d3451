import { type CircuitBreakerPolicy, circuitBreaker, CircuitState as PolicyState, handleAll } from 'cockatiel';
import type { GuardSettings } from '../config/app-config.ts';
import { CallHistory } from './call-history.ts';
import type { Clock } from './clock.ts';
import type { CircuitState } from './guard-events.ts';
import type { OutcomeKind } from './outcome.ts';
import type { OpenTime } from './open-time.ts';
import { TripBreaker } from './trip-breaker.ts';

type Phase =
  { state: 'closed' } | { state: 'open'; until: number } | { state: 'half-open'; trialsInFlight: number };

/** The right to make one call. */
export interface Admission {
  /** The circuit's epoch when it was given. */
  epoch: number;
  /** Whether it takes one of the half-open trial slots. */
  trial: boolean;
}

/** No admission: the circuit is open, or its trial slots are taken. */
export interface Refusal {
  rejection: 'open' | 'half_open_full';
  retryAfterMs: number;
}

/** What a circuit works with. */
export interface CircuitParts {
  clock: Clock;
  /** The settings of the moment: they may change at any time. */
  settings: () => GuardSettings;
  openTime: OpenTime;
  isAdvisedToOpen: () => boolean;
  onStateChange: (from: CircuitState, to: CircuitState) => void;
}

const CLOSED: Phase = { state: 'closed' };
/** When a caller may try again that found all trial slots taken. */
const TRIAL_WAIT_MS = 1_000;

/**
 * Admission and accounting around Cockatiel's breaker: who may call, and which outcomes still count.
 * Cockatiel decides when to open and when to close; it only ever hears of outcomes that count.
 */
export class Circuit {
  private phase: Phase = CLOSED;
  private epoch = 0;
  private readonly history: CallHistory;
  private readonly breaker: TripBreaker;
  private policy: CircuitBreakerPolicy;
  private reports: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: CircuitParts) {
    this.history = new CallHistory(parts.clock);
    this.breaker = new TripBreaker(this.history, parts.settings, parts.isAdvisedToOpen);
    this.policy = this.createPolicy(false);
  }

  get state(): CircuitState {
    return this.phase.state;
  }

  /** Failures that count towards the next trip. */
  get failCount(): number {
    return this.breaker.failCount;
  }

  /** Calls of the window that are remembered. */
  get window(): { calls: number; failures: number } {
    return this.history.count(this.parts.settings().failureWindowMs);
  }

  /** Trials under way. */
  get trialsInFlight(): number {
    return this.phase.state === 'half-open' ? this.phase.trialsInFlight : 0;
  }

  /** Open time left in milliseconds; null unless open. */
  get openLeftMs(): number | null {
    return this.phase.state === 'open' ? Math.max(0, this.phase.until - this.parts.clock.now()) : null;
  }

  /** Why a call would be refused now, or null. */
  get refusal(): Refusal['rejection'] | null {
    const { phase } = this;
    if (phase.state === 'half-open')
      return phase.trialsInFlight < this.parts.settings().halfOpenMaxCalls ? null : 'half_open_full';
    return phase.state === 'open' && this.parts.clock.now() < phase.until ? 'open' : null;
  }

  admit(): Admission | Refusal {
    const { phase } = this;
    if (phase.state === 'closed') return { epoch: this.epoch, trial: false };
    if (phase.state === 'open') {
      const leftMs = phase.until - this.parts.clock.now();
      if (leftMs > 0) return { rejection: 'open', retryAfterMs: leftMs };
      this.enter({ state: 'half-open', trialsInFlight: 1 });
      return { epoch: this.epoch, trial: true };
    }
    if (phase.trialsInFlight >= this.parts.settings().halfOpenMaxCalls)
      return { rejection: 'half_open_full', retryAfterMs: TRIAL_WAIT_MS };
    phase.trialsInFlight++;
    return { epoch: this.epoch, trial: true };
  }

  private isCurrent(admission: Admission): boolean {
    return admission.epoch === this.epoch;
  }

  /** Gives back the trial slot of an admission whose outcome was reported. */
  release(admission: Admission): void {
    if (admission.trial && this.isCurrent(admission) && this.phase.state === 'half-open')
      this.phase.trialsInFlight--;
  }

  /**
   * Reports an outcome; that of a call without an admission only takes its turn. Reports are taken one after the other, since Cockatiel decides a few microtasks after it is
   * called and an outcome must be judged in the state before it.
   * @param holdMs how long the target asked to be left alone: an opening lasts at least that long
   * @returns when the state has followed, whether the outcome counts: not when the state has changed since the admission
   */
  report(admission: Admission | undefined, outcome: OutcomeKind, holdMs: number): Promise<boolean> {
    const counts = this.reports.then(async () => {
      if (!admission || !this.isCurrent(admission)) return false;
      if (outcome === 'ignored') return true;
      const told = () => (outcome === 'success' ? undefined : Promise.reject(FAILED));
      // Rejects with what it was told; the guard logs the real error.
      await this.policy.execute(told).catch(() => undefined);
      if (this.phase.state === 'open')
        this.phase.until = Math.max(this.phase.until, this.parts.clock.now() + holdMs);
      return true;
    });
    this.reports = counts;
    return counts;
  }

  /** Opens for a given time, whatever the strategy says: after a restart, with the time it had left. */
  openFor(ms: number): void {
    this.policy = this.createPolicy(true);
    this.enter({ state: 'open', until: this.parts.clock.now() + ms });
  }

  /** Ends the open time early, or turns a closed circuit into one that has to prove itself. */
  tryNow(): void {
    if (this.phase.state === 'half-open') return;
    if (this.phase.state === 'closed') this.policy = this.createPolicy(true);
    this.enter({ state: 'half-open', trialsInFlight: 0 });
  }

  /** Closes, and forgets every failure and every trip. */
  reset(): void {
    this.history.clear();
    this.parts.openTime.forget();
    this.policy = this.createPolicy(false);
    if (this.phase.state === 'closed') this.epoch++;
    else this.enter(CLOSED);
  }

  private createPolicy(open: boolean): CircuitBreakerPolicy {
    const { successThreshold } = this.parts.settings();
    const policy = circuitBreaker(handleAll, {
      breaker: this.breaker,
      // The open period is timed here, monotonically. Cockatiel compares wall-clock times, and with 0
      // a clock that is set back would refuse the report of a trial.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      halfOpenSampling: { calls: successThreshold, threshold: 0 },
      ...(open && { initialState: OPEN_POLICY }),
    });
    policy.onStateChange((state) => {
      if (policy === this.policy) this.follow(state);
    });
    return policy;
  }

  private follow(state: PolicyState): void {
    const { openTime, settings, clock } = this.parts;
    if (state === PolicyState.Open) {
      // Thresholds may have changed since the policy was made; those of trials hold from opening to opening.
      this.policy = this.createPolicy(true);
      this.enter({ state: 'open', until: clock.now() + openTime.trip(settings().openMs) });
    } else if (state === PolicyState.Closed) {
      openTime.recover();
      this.enter(CLOSED);
    }
  }

  private enter(next: Phase): void {
    const from = this.phase.state;
    this.phase = next;
    this.epoch++;
    this.parts.onStateChange(from, next.state);
  }
}

/** Cockatiel's form of a circuit that is open and lets the next report in as a trial's. */
const OPEN_POLICY = {
  ownState: { value: PolicyState.Open, openedAt: 0, attemptNo: 1 },
  breakerState: null,
};
/** What Cockatiel is told instead of the real error, which may hold private text. */
const FAILED = new Error('failed');
