import type { GuardSettings } from '../../config/app-config.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { followAbort, unlessAborted, untilAborted } from '../time/deadline.ts';
import { CANCELLED, judgeAttempt } from './attempt-verdict.ts';
import { Circuit, type Admission } from '../circuit/circuit.ts';
import type { Clock } from '../time/clock.ts';
import { AttemptTimeoutError, GuardRejectedError } from './errors.ts';
import type { CircuitState, GuardEvent, GuardListener, GuardMode, Rejection } from './guard-events.ts';
import { showGuard, type GuardSnapshot } from './guard-snapshot.ts';
import { GuardStatistics } from './guard-statistics.ts';
import { LearntNeeds } from './learnt-needs.ts';
import { Hold, MAX_HOLD_MS } from './hold.ts';
import type { CallOptions, GuardedCall, Permit } from './guarded-call.ts';
import { watchTrial } from './trial.ts';
import { DrillTrace, hasMetDrill } from '../drills/drill-trace.ts';
import { FaultInjection } from '../drills/fault-injection.ts';
import { BreakDuration } from '../circuit/break-duration.ts';
import { ExpiringValue } from '../time/expiring-value.ts';
import type { Verdict } from './outcome.ts';

/** A trial that does not end is aborted, and a failure, after this long. */
const TRIAL_LIMIT_MS = 60_000;
/** Peers' advice is ignored for this long after an own success. */
const HINT_AFTER_SUCCESS_MS = 30_000;

const SUCCESS = { outcome: 'success', errorType: null, hold: undefined } as const;

/** The policy around one operation of one service: it admits or rejects calls, limits their time and records their outcomes. */
export class Guard {
  private readonly circuit: Circuit;
  private readonly breakDuration: BreakDuration;
  private readonly statistics: GuardStatistics;
  /** Keeps the guard from calling, whatever the circuit's state. */
  readonly hold: Hold;
  readonly learnt: LearntNeeds;
  readonly injection: FaultInjection;
  private readonly forced: ExpiringValue<'forced_open' | 'forced_closed'>;
  private peersOpen: boolean | null = null;
  private lastSuccessAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly name: string,
    private settings: GuardSettings,
    private readonly clock: Clock,
    private readonly listener: GuardListener,
    random: () => number = Math.random,
  ) {
    this.breakDuration = new BreakDuration(clock, random);
    this.statistics = new GuardStatistics(clock);
    this.hold = new Hold(clock, () => this.emit({ type: 'hold_ended', guard: name }));
    this.learnt = new LearntNeeds((needs) => this.emit({ type: 'learnt', guard: name, needs }));
    this.injection = new FaultInjection(name, clock, random, (event) => {
      if (event.type === 'drill_ended' && event.drill.calls_hit > 0) this.forgetDrill();
      this.emit(event);
    });
    this.forced = new ExpiringValue(clock);
    this.circuit = new Circuit({
      clock,
      settings: () => this.settings,
      breakDuration: this.breakDuration,
      peersSuggestOpening: () => this.peersSuggestOpening(),
      onStateChange: (from, to) => {
        if (to === 'open') this.statistics.trips++;
        // What a drill has opened lengthens no later opening.
        if (to === 'closed' && this.injection.isOutlasted) this.breakDuration.reset();
        this.injection.noteState(to);
        this.emit({ type: 'state_change', guard: name, from, to, failCount: this.circuit.failCount });
      },
    });
  }

  get state(): CircuitState {
    return this.circuit.state;
  }

  /** Milliseconds since the last success; infinite before the first success. */
  get msSinceSuccess(): number {
    return this.clock.now() - this.lastSuccessAt;
  }

  /** The current settings. */
  get configured(): Readonly<GuardSettings> {
    return this.settings;
  }

  /** The current override. Forced modes expire. */
  get mode(): GuardMode {
    if (this.settings.enabled === 'false') return 'disabled';
    return this.forced.current ?? (this.settings.enabled === 'observe' ? 'observe' : 'auto');
  }

  /** Why a call would be rejected now; null when it would be admitted. Changes nothing. */
  get rejection(): Rejection | null {
    const { mode } = this;
    if (mode === 'forced_open') return mode;
    if (mode !== 'auto') return null;
    return this.hold.current ?? this.circuit.rejection;
  }

  /** Milliseconds until a call may be admitted; 0 when one may be admitted now. */
  get retryAfterMs(): number {
    const { mode } = this;
    if (mode === 'forced_open') return this.forced.leftMs;
    return mode === 'auto' ? Math.max(this.circuit.openLeftMs ?? 0, this.hold.leftMs) : 0;
  }

  /** Milliseconds until the circuit admits trials; null unless it is open. */
  get openLeftMs(): number | null {
    return this.circuit.openLeftMs;
  }

  /** The state for monitoring. Times are epoch seconds, durations are seconds. */
  snapshot(): GuardSnapshot {
    const { name, circuit, statistics, settings, mode, hold, forced, rejection, learnt, peersOpen } = this;
    const { injection, breakDuration } = this;
    const parts = { name, circuit, statistics, settings, mode, hold, forced, rejection, learnt, peersOpen };
    return showGuard({ ...parts, injection, consecutiveTrips: breakDuration.consecutiveTrips });
  }

  /** Changes settings at once. Calls recorded so far still count. */
  configure(changes: Partial<GuardSettings>): void {
    this.settings = { ...this.settings, ...changes };
  }

  /** Rejects or admits every call for `ttlMs` milliseconds. The circuit keeps its own state meanwhile. */
  force(mode: 'forced_open' | 'forced_closed', ttlMs: number): void {
    this.forced.set(mode, ttlMs);
  }

  /** Ends a forced mode. */
  release(): void {
    this.forced.clear();
  }

  /** Admits trials now. */
  startTrials(): void {
    this.hold.clear();
    this.circuit.startTrials();
  }

  /** Closes the circuit and forgets failures, trips, holds and what was learnt. A forced mode stays until `release`. */
  reset(): void {
    this.hold.clear();
    this.learnt.forget();
    this.circuit.reset();
    this.statistics.forgetRuns();
    this.emit({ type: 'reset', guard: this.name });
  }

  /** Opens the circuit for the time that was left before a restart, at most five minutes. */
  restoreOpen(leftMs: number): void {
    this.circuit.openFor(Math.min(leftMs, MAX_HOLD_MS));
  }

  /** Records that the next call is a retry. */
  recordRetry(): void {
    this.emit({ type: 'retry', guard: this.name });
  }

  /** Rejects calls for `ms` milliseconds, at most five minutes, because the key was refused for another target. */
  latch(ms: number): void {
    this.hold.set('latched', ms);
    this.emit({ type: 'latched', guard: this.name });
  }

  /** Tells that the target refuses different questions for one cause. The target is demoted, not held. */
  reportRefusing(cause: string): void {
    this.emit({ type: 'refusing', guard: this.name, cause });
  }

  /** Sets whether the other instances see this circuit open; null without other instances. */
  setPeerHint(peersOpen: boolean | null): void {
    this.peersOpen = peersOpen;
  }

  /**
   * Makes one guarded call. The call's signal aborts when the caller aborts and at the attempt's time limit. A call that
   * ignores its signal is not waited for. A half-open trial whose caller has gone continues until the service has spoken,
   * up to 60 seconds.
   * @throws GuardRejectedError, AttemptTimeoutError, the signal's reason, or what the call threw
   */
  async execute<T>(call: GuardedCall<T>, options: CallOptions): Promise<T> {
    const { signal, timeoutMs, classify } = options;
    signal?.throwIfAborted();
    if (options.isControl && this.injection.isFelt)
      return call(signal ?? new AbortController().signal, () => undefined);
    const permit = this.acquire();
    const isTrial = permit.admission?.trial ?? false;
    const limitMs = isTrial ? Math.min(timeoutMs ?? TRIAL_LIMIT_MS, TRIAL_LIMIT_MS) : timeoutMs;
    const attempt = new AbortController();
    const stop = () => attempt.abort(new AttemptTimeoutError('attempt'));
    const cancelTimer = limitMs === undefined ? undefined : this.clock.setTimer(stop, limitMs);
    const trial = isTrial
      ? watchTrial(attempt, signal, { clock: this.clock, succeed: () => void this.settle(permit) })
      : undefined;
    const unfollow = trial?.end ?? followAbort(attempt, signal);

    const carried = new DrillTrace().run(async () => {
      try {
        const value = await untilAborted((own) => {
          options.onStart?.();
          return this.injection.call(call, own, () => trial?.noteSpeech());
        }, attempt.signal);
        await this.settle(permit);
        return value;
      } catch (error) {
        const isGone = !trial && signal?.aborted && !(signal.reason instanceof AttemptTimeoutError);
        const verdict = isGone ? CANCELLED : judgeAttempt(error, classify);
        await this.settle(permit, { verdict, error });
        throw error;
      } finally {
        cancelTimer?.();
        unfollow();
      }
    });
    return trial && signal ? unlessAborted(carried, signal) : carried;
  }

  private acquire(): Permit {
    const { mode } = this;
    if (mode === 'disabled' || mode === 'forced_closed') return this.permit(undefined);
    if (mode === 'forced_open') return this.reject(mode, this.forced.leftMs);
    const held = this.hold.current;
    if (held !== undefined) return this.reject(held, this.hold.leftMs);
    const admission = this.circuit.admit();
    if ('rejection' in admission) return this.reject(admission.rejection, admission.retryAfterMs);
    return this.permit(admission);
  }

  private permit(admission: Admission | undefined): Permit {
    this.emit({ type: 'attempt', guard: this.name, trial: admission?.trial ?? false });
    return { admission, startedAt: this.clock.now(), isSettled: false };
  }

  /** @param failed what the call threw and what that means; undefined after a success */
  private async settle(permit: Permit, failed?: { verdict: Verdict; error: unknown }): Promise<void> {
    const { admission, startedAt } = permit;
    if (permit.isSettled) return;
    permit.isSettled = true;
    const cause = failed ? causeOf(failed.error) : null;
    const durationMs = this.clock.now() - startedAt;
    const { outcome, errorType, hold } = failed?.verdict ?? SUCCESS;
    const isDrilled = hasMetDrill(this.name);
    this.statistics.record(outcome, errorType, cause, isDrilled);
    const holdMs = Math.min(hold?.ms ?? 0, MAX_HOLD_MS);
    const counts = await this.circuit.recordOutcome(admission, outcome, holdMs);
    if (outcome === 'success') this.lastSuccessAt = this.clock.now();
    if (admission && counts) {
      if (hold && holdMs > 0) this.hold.set(hold.cause, holdMs, isDrilled);
      // Not before: until the circuit has followed, a trial's successor would be let through by the state it ends.
      this.circuit.release(admission);
    }
    this.emit({
      type: 'settled',
      guard: this.name,
      outcome,
      errorType,
      cause,
      durationMs,
      failCount: this.circuit.failCount,
      late: admission !== undefined && !counts,
      isDrilled,
    });
  }

  /** Forgets what calls that met a drill have left behind. A circuit that has opened keeps its time, as after an outage. */
  private forgetDrill(): void {
    this.hold.endDrilled();
    // Calls that still hang are of an earlier epoch then.
    if (this.state === 'closed') this.circuit.reset();
  }

  private reject(rejection: Rejection, retryAfterMs: number): Permit {
    this.statistics.totals.rejected++;
    this.injection.noteRejection();
    this.emit({ type: 'rejected', guard: this.name, rejection });
    if (this.mode === 'observe') return this.permit(undefined);
    throw new GuardRejectedError(this.name, rejection, retryAfterMs);
  }

  /** Whether one failure is enough to open. Never when this instance has seen the service work lately. */
  private peersSuggestOpening(): boolean {
    return this.peersOpen === true && this.msSinceSuccess >= HINT_AFTER_SUCCESS_MS;
  }

  private emit(event: GuardEvent): void {
    try {
      this.listener(event);
    } catch {
      // An error of a listener never changes an outcome.
    }
  }
}
