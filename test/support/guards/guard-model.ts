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
 * at the whole list of samples. Shares nothing with the guard but its settings.
 */
export class GuardModel {
  state: 'closed' | 'open' | 'half-open' = 'closed';
  now = 0;
  trials = 0;
  private samples: Sample[] = [];
  private epoch = 0;
  private openUntil = 0;
  private trialSuccesses = 0;
  private trialTarget = 0;
  private trips = 0;
  private closedAt: number | undefined;
  private holdUntil = 0;
  private forced: { mode: 'forced_open' | 'forced_closed'; until: number } | undefined;
  private advised = false;
  private lastSuccessAt = Number.NEGATIVE_INFINITY;

  constructor(public settings: GuardSettings) {}

  /** A model in the same state, to try what would be. */
  clone(): GuardModel {
    const copy = new GuardModel(this.settings);
    return Object.assign(copy, this, { samples: [...this.samples] });
  }

  get mode(): string {
    if (this.settings.enabled === 'false') return 'disabled';
    if (this.forced && this.now < this.forced.until) return this.forced.mode;
    return this.settings.enabled === 'observe' ? 'observe' : 'auto';
  }

  get failCount(): number {
    const recent = this.samples.filter(({ at }) => at > this.now - this.settings.failureWindowMs);
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
    if (this.state === 'open') return this.now < this.openUntil;
    return this.state === 'half-open' && this.trials >= this.settings.halfOpenMaxCalls;
  }

  /** The call that is let through, or undefined. */
  begin(): ModelCall | undefined {
    const { mode } = this;
    const uncounted = { epoch: -1, trial: false, counts: false, startedAt: this.now };
    if (mode === 'disabled' || mode === 'forced_closed') return uncounted;
    if (mode === 'forced_open') return undefined;
    const stopped = mode === 'observe' ? uncounted : undefined;
    if (this.now < this.holdUntil) return stopped;
    if (this.state === 'open' && this.now < this.openUntil) return stopped;
    if (this.state === 'open') this.enterHalfOpen();
    if (this.state === 'closed') return { ...uncounted, epoch: this.epoch, counts: true };
    if (this.trials >= this.settings.halfOpenMaxCalls) return stopped;
    this.trials++;
    return { epoch: this.epoch, trial: true, counts: true, startedAt: this.now };
  }

  /** Whether a change of state came between the call and now, so that its outcome moves nothing. */
  isLate(call: ModelCall): boolean {
    return call.counts && call.epoch !== this.epoch;
  }

  end(call: ModelCall, outcome: 'success' | 'failure' | 'ignored', holdMs = 0): void {
    if (outcome === 'success') this.lastSuccessAt = this.now;
    if (!call.counts || this.isLate(call)) return;
    if (call.trial) this.trials--;
    if (holdMs > 0) this.holdUntil = this.now + Math.min(holdMs, 300_000);
    if (outcome === 'ignored') return;
    if (this.state === 'half-open') return this.endTrial(outcome === 'failure', holdMs);
    this.samples.push({ at: this.now, failed: outcome === 'failure' });
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
    this.trips = 0;
    this.closedAt = undefined;
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

  private hasTripped(): boolean {
    const { strategy, failThreshold, failureWindowMs } = this.settings;
    if (strategy !== 'rate') return this.failCount >= failThreshold;
    const calls = this.samples.filter(({ at }) => at > this.now - failureWindowMs).length;
    return calls >= failThreshold && this.failCount / calls > 0.5;
  }

  private opensByAdvice(): boolean {
    return this.advised && this.now - this.lastSuccessAt >= 30_000;
  }

  private endTrial(failed: boolean, holdMs: number): void {
    if (failed) {
      this.samples.push({ at: this.now, failed: true });
      return this.open(holdMs);
    }
    this.trialSuccesses++;
    if (this.trialSuccesses < this.trialTarget) return;
    this.samples = [];
    this.closedAt = this.now;
    this.enter('closed');
  }

  private open(holdMs: number): void {
    if (this.closedAt !== undefined && this.now - this.closedAt >= 60_000) this.trips = 0;
    const ms = Math.min(this.settings.openMs * 2 ** this.trips, 300_000);
    this.trips++;
    this.closedAt = undefined;
    this.openUntil = this.now + Math.max(ms, Math.min(holdMs, 300_000));
    this.trialTarget = this.settings.successThreshold;
    this.enter('open');
  }

  private enterHalfOpen(): void {
    if (this.state === 'closed') this.trialTarget = this.settings.successThreshold;
    this.enter('half-open');
  }

  private enter(state: GuardModel['state']): void {
    this.state = state;
    this.epoch++;
    this.trials = 0;
    this.trialSuccesses = 0;
  }
}
