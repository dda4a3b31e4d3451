import { CircuitBreakerPolicy, circuitBreaker, CircuitState as PolicyState, handleAll } from 'cockatiel';
import type { GuardSettings } from '../config/app-config.ts';
import type { Clock } from './clock.ts';
import { ConsecutiveStrategy, type TripStrategy } from './consecutive-strategy.ts';
import type { CircuitState } from './guard-events.ts';

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

type StateChangeListener = (from: CircuitState, to: CircuitState) => void;

const CLOSED: Phase = { state: 'closed' };

/**
 * Admission and accounting around Cockatiel's breaker: who may call, and which outcomes still count.
 * Cockatiel decides when to open and when to close; it only ever hears of outcomes that count.
 */
export class Circuit {
  private phase: Phase = CLOSED;
  private epoch = 0;
  private readonly strategy: TripStrategy;
  private readonly policy: CircuitBreakerPolicy;
  private reports: Promise<void> = Promise.resolve();

  constructor(
    private readonly clock: Clock,
    private readonly settings: GuardSettings,
    private readonly onStateChange: StateChangeListener,
  ) {
    this.strategy = new ConsecutiveStrategy(clock, settings);
    this.policy = circuitBreaker(handleAll, {
      breaker: this.strategy,
      // The open period is timed here, monotonically. Cockatiel compares wall-clock times, and with 0
      // a clock that is set back would refuse the report of a trial.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      halfOpenSampling: { calls: settings.successThreshold, threshold: 0 },
    });
    this.policy.onStateChange((state) => this.follow(state));
  }

  get state(): CircuitState {
    return this.phase.state;
  }

  /** Failures that count towards the next trip. */
  get failCount(): number {
    return this.strategy.failCount;
  }

  /** Open time left in milliseconds; null unless open. */
  get openLeftMs(): number | null {
    return this.phase.state === 'open' ? Math.max(0, this.phase.until - this.clock.now()) : null;
  }

  /** Why a call would be refused now, or null. */
  get refusal(): Refusal['rejection'] | null {
    const { phase } = this;
    if (phase.state === 'half-open')
      return phase.trialsInFlight < this.settings.halfOpenMaxCalls ? null : 'half_open_full';
    return phase.state === 'open' && this.clock.now() < phase.until ? 'open' : null;
  }

  admit(): Admission | Refusal {
    const { phase } = this;
    if (phase.state === 'closed') return { epoch: this.epoch, trial: false };
    if (phase.state === 'open') {
      const leftMs = phase.until - this.clock.now();
      if (leftMs > 0) return { rejection: 'open', retryAfterMs: leftMs };
      this.enter({ state: 'half-open', trialsInFlight: 1 });
      return { epoch: this.epoch, trial: true };
    }
    if (phase.trialsInFlight >= this.settings.halfOpenMaxCalls)
      return { rejection: 'half_open_full', retryAfterMs: 1_000 };
    phase.trialsInFlight++;
    return { epoch: this.epoch, trial: true };
  }

  /** Whether an outcome of this admission still counts. */
  isCurrent(admission: Admission): boolean {
    return admission.epoch === this.epoch;
  }

  /** Gives back the trial slot of an admission. */
  release(admission: Admission): void {
    if (admission.trial && this.isCurrent(admission) && this.phase.state === 'half-open')
      this.phase.trialsInFlight--;
  }

  /**
   * Reports an outcome; resolves when the state has followed. Reports are taken one after the other, since
   * Cockatiel decides a few microtasks after it is called and an outcome must be judged in the state before it.
   * @param holdMs how long the target asked to be left alone: an opening lasts at least that long
   */
  report(admission: Admission, success: boolean, holdMs = 0): Promise<void> {
    this.reports = this.reports.then(async () => {
      if (!this.isCurrent(admission)) return;
      await this.policy.execute(() => (success ? undefined : Promise.reject(FAILED))).catch(() => undefined);
      if (this.phase.state === 'open')
        this.phase.until = Math.max(this.phase.until, this.clock.now() + holdMs);
    });
    return this.reports;
  }

  private follow(state: PolicyState): void {
    if (state === PolicyState.Open)
      this.enter({ state: 'open', until: this.clock.now() + this.settings.openMs });
    else if (state === PolicyState.Closed) this.enter(CLOSED);
  }

  private enter(next: Phase): void {
    const from = this.phase.state;
    this.phase = next;
    this.epoch++;
    this.onStateChange(from, next.state);
  }
}

/** What Cockatiel is told instead of the real error, which may hold private text. */
const FAILED = new Error('failed');
