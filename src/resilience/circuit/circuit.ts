import type { GuardSettings } from '../../config/app-config.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { Clock } from '../time/clock.ts';
import type { CircuitState } from '../guard/guard-events.ts';
import type { OutcomeKind } from '../guard/outcome.ts';
import type { BreakDuration } from './break-duration.ts';
import { TransitionPolicy } from './cockatiel-adapter.ts';
import { tripStrategies } from './trip-strategies.ts';

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
 * A circuit breaker. Admission, timing and counting are done here. The policy decides the transitions, and receives only
 * the outcomes that count: those of permissions given in the current epoch.
 */
export class Circuit {
  private phase: Phase = CLOSED;
  private epoch = 0;
  private readonly history: SlidingWindow;
  private policy: TransitionPolicy;
  private reports: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: CircuitOptions) {
    this.history = new SlidingWindow(options.clock);
    this.policy = this.createPolicy(false);
  }

  get state(): CircuitState {
    return this.phase.state;
  }

  /** Failures that count towards the next trip. */
  get failCount(): number {
    const settings = this.options.settings();
    return tripStrategies[settings.strategy].failCount(this.history, settings);
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
    const { phase, rejection } = this;
    // The time that was left may have passed since.
    if (rejection) return { rejection, retryAfterMs: Math.max(1, this.openLeftMs ?? TRIAL_WAIT_MS) };
    if (phase.state === 'open') this.enterPhase({ state: 'half-open', trialsInFlight: 1 });
    else if (phase.state === 'half-open') phase.trialsInFlight++;
    return { epoch: this.epoch, trial: phase.state !== 'closed' };
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
   * are handled one after the other, since the policy decides a few microtasks after it is called, and each outcome must be
   * judged in the state that the one before left.
   * @param holdMs the pause that the target asked for, which an opening lasts at least
   * @returns when the state has followed, whether the outcome counts: not when the state has changed since the admission
   */
  recordOutcome(admission: Admission | undefined, outcome: OutcomeKind, holdMs: number): Promise<boolean> {
    const counts = this.reports.then(async () => {
      if (!admission || !this.isCurrent(admission)) return false;
      if (outcome === 'ignored') return true;
      await this.policy.report(outcome === 'success');
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

  private createPolicy(isOpen: boolean): TransitionPolicy {
    const policy = new TransitionPolicy({
      isOpen,
      // A change of this setting has an effect at the next opening.
      successThreshold: this.options.settings().successThreshold,
      recordSuccess: () => this.history.add(false),
      recordFailure: () => this.recordFailure(),
      onTransition: (to) => {
        if (policy === this.policy) this.followPolicy(to);
      },
    });
    return policy;
  }

  /** Returns whether a closed circuit opens. */
  private recordFailure(): boolean {
    this.history.add(true);
    const settings = this.options.settings();
    return (
      tripStrategies[settings.strategy].trips(this.history, settings) || this.options.peersSuggestOpening()
    );
  }

  private followPolicy(to: 'open' | 'closed'): void {
    const { breakDuration, settings, clock } = this.options;
    if (to === 'open') {
      this.policy = this.createPolicy(true);
      this.enterPhase({ state: 'open', until: clock.now() + breakDuration.next(settings().openMs) });
    } else {
      this.history.clear();
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
