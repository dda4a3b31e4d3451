import { type CircuitBreakerPolicy, circuitBreaker, CircuitState as PolicyState, handleAll } from 'cockatiel';
import type { GuardSettings } from '../../config/app-config.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { Clock } from '../time/clock.ts';
import type { CircuitState } from '../guard/guard-events.ts';
import type { OutcomeKind } from '../guard/outcome.ts';
import type { BreakDuration } from './break-duration.ts';
import { TripBreaker } from './trip-breaker.ts';

type Phase =
  { state: 'closed' } | { state: 'open'; until: number } | { state: 'half-open'; trialsInFlight: number };

/** The permission to make one call. */
export interface Admission {
  /** The circuit's epoch when the permission was given. */
  epoch: number;
  /** Whether it takes one of the half-open trial slots. */
  trial: boolean;
}

/** No admission: the circuit is open, or its trial slots are taken. */
export interface CircuitRejection {
  rejection: 'open' | 'half_open_full';
  retryAfterMs: number;
}

/** What a circuit needs. */
export interface CircuitOptions {
  clock: Clock;
  /** Returns the current settings, which may change at any time. */
  settings: () => GuardSettings;
  breakDuration: BreakDuration;
  peersSuggestOpening: () => boolean;
  onStateChange: (from: CircuitState, to: CircuitState) => void;
}

const CLOSED: Phase = { state: 'closed' };
/** Returned as retry time when all trial slots are taken. Raising it makes callers wait longer than a trial usually takes. */
const TRIAL_WAIT_MS = 1_000;

/**
 * A circuit breaker: admission, timing and counting are done here, transitions are decided by Cockatiel's policy.
 * The policy receives only the outcomes that count: those of permissions given in the current epoch.
 */
export class Circuit {
  private phase: Phase = CLOSED;
  private epoch = 0;
  private readonly history: SlidingWindow;
  private readonly breaker: TripBreaker;
  private policy: CircuitBreakerPolicy;
  private reports: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: CircuitOptions) {
    this.history = new SlidingWindow(options.clock);
    this.breaker = new TripBreaker(this.history, options.settings, options.peersSuggestOpening);
    this.policy = this.createPolicy(false);
  }

  get state(): CircuitState {
    return this.phase.state;
  }

  /** Failures that count towards the next trip. */
  get failCount(): number {
    return this.breaker.failCount;
  }

  /** Calls and failures in the failure window. */
  get window(): { calls: number; failures: number } {
    return this.history.count(this.options.settings().failureWindowMs);
  }

  /** Half-open trials in flight. */
  get trialsInFlight(): number {
    return this.phase.state === 'half-open' ? this.phase.trialsInFlight : 0;
  }

  /** Milliseconds until trials are admitted; null unless the circuit is open. */
  get openLeftMs(): number | null {
    return this.phase.state === 'open' ? Math.max(0, this.phase.until - this.options.clock.now()) : null;
  }

  /** Why a call would be rejected now; null when it would be admitted. */
  get rejection(): CircuitRejection['rejection'] | null {
    const { phase } = this;
    if (phase.state === 'half-open')
      return phase.trialsInFlight < this.options.settings().halfOpenMaxCalls ? null : 'half_open_full';
    return phase.state === 'open' && this.options.clock.now() < phase.until ? 'open' : null;
  }

  admit(): Admission | CircuitRejection {
    const { phase } = this;
    if (phase.state === 'closed') return { epoch: this.epoch, trial: false };
    if (phase.state === 'open') {
      const leftMs = phase.until - this.options.clock.now();
      if (leftMs > 0) return { rejection: 'open', retryAfterMs: leftMs };
      this.enterPhase({ state: 'half-open', trialsInFlight: 1 });
      return { epoch: this.epoch, trial: true };
    }
    if (phase.trialsInFlight >= this.options.settings().halfOpenMaxCalls)
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
   * Reports an outcome; that of a call without an admission only waits for the reports before it. Reports
   * are handled one after the other, since Cockatiel decides a few microtasks after it is called, and each outcome must be
   * judged in the state that the one before left.
   * @param holdMs how long the target asked to be left alone: an opening lasts at least that long
   * @returns when the state has followed, whether the outcome counts: not when the state has changed since the admission
   */
  recordOutcome(admission: Admission | undefined, outcome: OutcomeKind, holdMs: number): Promise<boolean> {
    const counts = this.reports.then(async () => {
      if (!admission || !this.isCurrent(admission)) return false;
      if (outcome === 'ignored') return true;
      const settle = () => (outcome === 'success' ? undefined : Promise.reject(FAILED));
      // The policy rejects with the error that it was given.
      await this.policy.execute(settle).catch(() => undefined);
      if (this.phase.state === 'open')
        this.phase.until = Math.max(this.phase.until, this.options.clock.now() + holdMs);
      return true;
    });
    this.reports = counts;
    return counts;
  }

  /** Opens for `ms` milliseconds regardless of the trip strategy. Used after a restart, with the time that was left. */
  openFor(ms: number): void {
    this.policy = this.createPolicy(true);
    this.enterPhase({ state: 'open', until: this.options.clock.now() + ms });
  }

  /** Becomes half-open: an open circuit admits trials early, a closed one must prove itself by trials. */
  startTrials(): void {
    if (this.phase.state === 'half-open') return;
    if (this.phase.state === 'closed') this.policy = this.createPolicy(true);
    this.enterPhase({ state: 'half-open', trialsInFlight: 0 });
  }

  /** Closes and forgets all failures and trips. */
  reset(): void {
    this.history.clear();
    this.options.breakDuration.reset();
    this.policy = this.createPolicy(false);
    if (this.phase.state === 'closed') this.epoch++;
    else this.enterPhase(CLOSED);
  }

  private createPolicy(open: boolean): CircuitBreakerPolicy {
    const { successThreshold } = this.options.settings();
    const policy = circuitBreaker(handleAll, {
      breaker: this.breaker,
      // The open period is timed by this class on the monotonic clock. Cockatiel compares wall-clock times: with 0,
      // a wall clock that is set back would make it reject the outcome of a trial.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      halfOpenSampling: { calls: successThreshold, threshold: 0 },
      ...(open && { initialState: OPEN_POLICY }),
    });
    policy.onStateChange((state) => {
      if (policy === this.policy) this.followPolicy(state);
    });
    return policy;
  }

  private followPolicy(state: PolicyState): void {
    const { breakDuration, settings, clock } = this.options;
    if (state === PolicyState.Open) {
      // The success threshold may have changed since the policy was created. It is fixed from one opening to the next.
      this.policy = this.createPolicy(true);
      this.enterPhase({ state: 'open', until: clock.now() + breakDuration.next(settings().openMs) });
    } else if (state === PolicyState.Closed) {
      breakDuration.recordRecovery();
      this.enterPhase(CLOSED);
    }
  }

  private enterPhase(next: Phase): void {
    const from = this.phase.state;
    this.phase = next;
    this.epoch++;
    this.options.onStateChange(from, next.state);
  }
}

/** The state of a Cockatiel policy that is open and takes the next outcome as that of a trial. */
const OPEN_POLICY = {
  ownState: { value: PolicyState.Open, openedAt: 0, attemptNo: 1 },
  breakerState: null,
};
/** Passed to Cockatiel instead of the real error, which may contain private text. */
const FAILED = new Error('failed');
