import type { GuardSettings } from '../../../src/config/app-config.ts';

interface Sample {
  at: number;
  failed: boolean;
}

/** A call the model has let through and not yet seen end. */
export interface ModelCall {
  epoch: number;
  trial: boolean;
  counts: boolean;
  startedAt: number;
}

/**
 * The rules of a guard, written down a second time as plainly as possible: every question is answered by looking
 * at the whole list of samples. Shares nothing with the guard but its settings. Each rule that a mistake could be made
 * in is a method of its own.
 */
export class GuardModel {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  now = 0;
  trials = 0;
  /** After this long a trial is a failure. */
  trialLimitMs = 60_000;
  protected maxOpenMs = 300_000;
  protected samples: Sample[] = [];
  protected epoch = 0;
  protected openUntil = 0;
  protected trialSuccesses = 0;
  protected trialTarget = 0;
  protected trips = 0;
  protected closedAt: number | undefined;
  protected holdUntil = 0;
  protected forced: { mode: 'forced_open' | 'forced_closed'; until: number } | undefined;
  protected advised = false;
  protected lastSuccessAt = Number.NEGATIVE_INFINITY;

  constructor(public settings: GuardSettings) {}

  /** A model in the same state, to try what would be. */
  clone(): this {
    const copy = Object.create(Object.getPrototypeOf(this) as object) as this;
    return Object.assign(copy, this, { samples: [...this.samples] });
  }

  get mode(): string {
    if (this.settings.enabled === 'false') return 'disabled';
    if (this.forced && this.now < this.forced.until) return this.forced.mode;
    return this.settings.enabled === 'observe' ? 'observe' : 'auto';
  }

  get failCount(): number {
    const { recent } = this;
    if (this.settings.strategy === 'rate') return recent.filter(({ failed }) => failed).length;
    if (this.settings.strategy === 'count')
      return this.samples.slice(-100).filter((sample) => recent.includes(sample) && sample.failed).length;
    const lastSuccess = this.samples.findLastIndex(({ failed }) => !failed);
    const run = this.samples.slice(lastSuccess + 1).filter((sample) => recent.includes(sample));
    return Math.min(run.length, this.settings.failThreshold);
  }

  get refused(): boolean {
    const { mode } = this;
    if (mode === 'forced_open') return true;
    if (mode !== 'auto') return false;
    if (this.now < this.holdUntil) return true;
    if (this.state === 'open') return this.isWithinOpenTime();
    return this.state === 'half-open' && this.areTrialsTaken();
  }

  /** The call that is let through, or undefined. */
  begin(): ModelCall | undefined {
    const { mode } = this;
    const uncounted = { epoch: -1, trial: false, counts: false, startedAt: this.now };
    if (mode === 'disabled' || mode === 'forced_closed') return uncounted;
    if (mode === 'forced_open') return undefined;
    const stopped = this.isObserved(mode) ? uncounted : undefined;
    if (this.now < this.holdUntil) return stopped;
    if (this.state === 'open' && this.isWithinOpenTime()) return stopped;
    if (this.state === 'open') this.enterHalfOpen();
    if (this.state === 'closed') return { ...uncounted, epoch: this.epoch, counts: true };
    if (this.areTrialsTaken()) return stopped;
    this.trials++;
    return { epoch: this.epoch, trial: true, counts: true, startedAt: this.now };
  }

  /** Whether a change of state came between the call and now, so that its outcome moves nothing. */
  isLate(call: ModelCall): boolean {
    return call.counts && !this.isCurrent(call);
  }

  end(call: ModelCall, outcome: 'success' | 'failure' | 'ignored', holdMs = 0): void {
    if (outcome === 'success') this.lastSuccessAt = this.now;
    if (!call.counts || !this.isCurrent(call)) return;
    if (call.trial) this.giveBackTrial();
    if (holdMs > 0) this.hold(holdMs);
    if (outcome === 'ignored') return;
    if (this.state === 'half-open') return this.endTrial(outcome === 'failure', holdMs);
    this.addSample(outcome === 'failure');
    if (outcome === 'failure' && (this.hasTripped() || this.opensByAdvice())) this.open(holdMs);
  }

  force(mode: 'forced_open' | 'forced_closed', ttlMs: number): void {
    this.forced = { mode, until: this.now + ttlMs };
  }

  release(): void {
    this.forced = undefined;
  }

  startTrials(): void {
    this.holdUntil = 0;
    if (this.state !== 'half-open') this.enterHalfOpen();
  }

  reset(): void {
    this.holdUntil = 0;
    this.samples = [];
    this.forgetTrips();
    this.enter('closed');
  }

  restore(ms: number): void {
    this.openUntil = this.now + Math.min(ms, 300_000);
    this.trialTarget = this.settings.successThreshold;
    this.enter('open');
  }

  advise(open: boolean): void {
    this.advised = open;
  }

  protected get recent(): Sample[] {
    return this.samples.filter(({ at }) => at > this.now - this.settings.failureWindowMs);
  }

  protected isWithinOpenTime(): boolean {
    return this.now < this.openUntil;
  }

  protected areTrialsTaken(): boolean {
    return this.trials >= this.settings.halfOpenMaxCalls;
  }

  /** Whether a call that would be refused is admitted uncounted. */
  protected isObserved(mode: string): boolean {
    return mode === 'observe';
  }

  protected isCurrent(call: ModelCall): boolean {
    return call.epoch === this.epoch;
  }

  protected giveBackTrial(): void {
    this.trials--;
  }

  protected hold(ms: number): void {
    this.holdUntil = this.now + Math.min(ms, 300_000);
  }

  protected addSample(failed: boolean): void {
    this.samples.push({ at: this.now, failed });
  }

  protected forgetTrips(): void {
    this.trips = 0;
    this.closedAt = undefined;
  }

  protected hasTripped(): boolean {
    const { strategy, failThreshold } = this.settings;
    if (strategy !== 'rate') return this.failCount >= failThreshold;
    const { length: calls } = this.recent;
    return calls >= failThreshold && this.isTooMuch(this.failCount / calls);
  }

  protected isTooMuch(failureRate: number): boolean {
    return failureRate > 0.5;
  }

  protected opensByAdvice(): boolean {
    return this.advised && this.now - this.lastSuccessAt >= 30_000;
  }

  protected endTrial(failed: boolean, holdMs: number): void {
    if (failed) {
      this.samples.push({ at: this.now, failed: true });
      return this.open(holdMs);
    }
    this.trialSuccesses++;
    if (this.trialSuccesses >= this.trialTarget) this.close();
  }

  protected close(): void {
    this.samples = [];
    this.closedAt = this.now;
    this.enter('closed');
  }

  protected areTripsForgotten(): boolean {
    return this.closedAt !== undefined && this.now - this.closedAt >= 60_000;
  }

  protected open(holdMs: number): void {
    if (this.areTripsForgotten()) this.trips = 0;
    const ms = Math.min(this.settings.openMs * 2 ** this.trips, this.maxOpenMs);
    this.trips++;
    this.closedAt = undefined;
    this.openUntil = this.now + Math.max(ms, Math.min(holdMs, 300_000));
    this.trialTarget = this.settings.successThreshold;
    this.enter('open');
  }

  protected enterHalfOpen(): void {
    if (this.state === 'closed') this.trialTarget = this.settings.successThreshold;
    this.enter('half-open');
  }

  protected enter(state: GuardModel['state']): void {
    this.state = state;
    this.epoch++;
    this.trials = 0;
    this.trialSuccesses = 0;
  }
}
