import type { GuardSettings } from '../config/app-config.ts';
import { unlessAborted, untilAborted } from './abort.ts';
import { Circuit, type Admission } from './circuit.ts';
import type { Clock } from './clock.ts';
import { AttemptTimeoutError, GuardRejectedError } from './errors.ts';
import type { CircuitState, GuardEvent, GuardListener, Rejection } from './guard-events.ts';
import type { Classify, HoldCause, Verdict } from './outcome.ts';

/** What a guard shows to monitoring; times in epoch or plain seconds. */
export interface GuardSnapshot {
  name: string;
  state: CircuitState;
  fail_count: number;
  last_failure_time: number | null;
  is_healthy: boolean;
  enabled: boolean;
  mode: 'auto' | 'disabled' | 'observe';
  retry_after: number | null;
}

/** How one call is made. */
export interface CallOptions {
  /** The caller's: its abort ends the call, unless the call is a half-open trial. */
  signal?: AbortSignal | undefined;
  /** The whole attempt's limit in milliseconds; without one the call limits itself. */
  timeoutMs?: number | undefined;
  classify: Classify;
}

/** A trial that does not end is aborted, and a failure, after this long. */
const TRIAL_LIMIT_MS = 60_000;
/** The longest a target may ask to be left alone. */
const MAX_HOLD_MS = 300_000;

type Outcome = { kind: 'success' } | { kind: 'ignored' | 'failure'; verdict: Verdict };

/** The right to make one call to the guarded service, to be settled exactly once. */
interface Permit {
  trial: boolean;
  settle(outcome: Outcome): Promise<void>;
}

/** Stands before one operation of one service: lets calls through, watches how they end, and refuses when it should. */
export class Guard {
  private readonly circuit: Circuit;
  private hold: { cause: HoldCause; until: number } | undefined;
  private lastFailureWall: number | null = null;

  constructor(
    readonly name: string,
    private readonly settings: GuardSettings,
    private readonly clock: Clock,
    private readonly listener: GuardListener,
  ) {
    this.circuit = new Circuit(clock, settings, (from, to) =>
      this.emit({ type: 'state_change', guard: name, from, to, failCount: this.circuit.failCount }),
    );
  }

  /** Why a call would be refused now, or null when it would be let through; changes nothing. */
  get refusal(): Rejection | null {
    if (this.settings.enabled !== 'true') return null;
    return this.holdLeftMs() > 0 ? (this.hold?.cause ?? null) : this.circuit.refusal;
  }

  /** Milliseconds until a call may be let through; 0 when one may be now. */
  get retryAfterMs(): number {
    if (this.settings.enabled !== 'true') return 0;
    return Math.max(this.circuit.openLeftMs ?? 0, this.holdLeftMs(), 0);
  }

  snapshot(): GuardSnapshot {
    const { state, failCount, openLeftMs } = this.circuit;
    return {
      name: this.name,
      state,
      fail_count: failCount,
      last_failure_time: this.lastFailureWall === null ? null : this.lastFailureWall / 1_000,
      is_healthy: state === 'closed' && this.refusal !== 'latched',
      enabled: this.settings.enabled !== 'false',
      mode: modeOf[this.settings.enabled],
      retry_after: openLeftMs === null ? null : Math.ceil(openLeftMs / 1_000),
    };
  }

  /**
   * Makes one guarded call. The signal handed to it aborts on the caller's abort and on the attempt's time limit;
   * a call that does not listen is left behind, not waited for. A half-open trial outlives its caller.
   * @returns what the call returned
   * @throws GuardRejectedError, AttemptTimeoutError, the signal's reason, or what the call threw
   */
  async execute<T>(call: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
    const { signal, timeoutMs, classify } = options;
    signal?.throwIfAborted();
    const permit = this.acquire();
    const attempt = new AbortController();
    const stop = (reason: unknown) => attempt.abort(reason);
    const limitMs = permit.trial ? Math.min(timeoutMs ?? TRIAL_LIMIT_MS, TRIAL_LIMIT_MS) : timeoutMs;
    const cancelTimer =
      limitMs === undefined
        ? undefined
        : this.clock.setTimer(() => stop(new AttemptTimeoutError('attempt')), limitMs);
    const onAbort = () => stop(signal?.reason);
    if (!permit.trial) signal?.addEventListener('abort', onAbort, { once: true });

    const carried = (async () => {
      try {
        const value = await untilAborted(call, attempt.signal);
        await permit.settle({ kind: 'success' });
        return value;
      } catch (error) {
        const verdict = !permit.trial && signal?.aborted ? CANCELLED : judge(error, classify);
        await permit.settle({ kind: verdict.outcome, verdict });
        throw error;
      } finally {
        cancelTimer?.();
        signal?.removeEventListener('abort', onAbort);
      }
    })();
    return permit.trial && signal ? await unlessAborted(carried, signal) : await carried;
  }

  private acquire(): Permit {
    if (this.settings.enabled === 'false') return this.permit(undefined);
    const heldMs = this.holdLeftMs();
    if (heldMs > 0) return this.refuse(this.hold?.cause ?? 'throttled', heldMs);
    const admission = this.circuit.admit();
    if ('rejection' in admission) return this.refuse(admission.rejection, admission.retryAfterMs);
    return this.permit(admission);
  }

  private permit(admission: Admission | undefined): Permit {
    const trial = admission?.trial ?? false;
    const startedAt = this.clock.now();
    this.emit({ type: 'attempt', guard: this.name, trial });
    return { trial, settle: (outcome) => this.account(admission, outcome, this.clock.now() - startedAt) };
  }

  private async account(
    admission: Admission | undefined,
    outcome: Outcome,
    durationMs: number,
  ): Promise<void> {
    const late = admission !== undefined && !this.circuit.isCurrent(admission);
    const verdict = outcome.kind === 'success' ? undefined : outcome.verdict;
    if (outcome.kind === 'failure') this.lastFailureWall = this.clock.wall();
    if (admission && !late) {
      const holdMs = Math.min(verdict?.hold?.ms ?? 0, MAX_HOLD_MS);
      if (verdict?.hold && holdMs > 0)
        this.hold = { cause: verdict.hold.cause, until: this.clock.now() + holdMs };
      this.circuit.release(admission);
      if (outcome.kind !== 'ignored')
        await this.circuit.report(admission, outcome.kind === 'success', holdMs);
    }
    this.emit({
      type: 'settled',
      guard: this.name,
      outcome: outcome.kind,
      errorType: verdict?.errorType ?? null,
      durationMs,
      failCount: this.circuit.failCount,
      late,
    });
  }

  private refuse(rejection: Rejection, retryAfterMs: number): Permit {
    this.emit({ type: 'rejected', guard: this.name, rejection });
    if (this.settings.enabled === 'observe') return this.permit(undefined);
    throw new GuardRejectedError(this.name, rejection, retryAfterMs);
  }

  private holdLeftMs(): number {
    return this.hold ? this.hold.until - this.clock.now() : 0;
  }

  private emit(event: GuardEvent): void {
    try {
      this.listener(event);
    } catch {
      // A listener's fault never changes an outcome.
    }
  }
}

const modeOf = { true: 'auto', false: 'disabled', observe: 'observe' } as const;

const CANCELLED: Verdict = { outcome: 'ignored', errorType: 'cancelled', retry: 'never', nextTarget: false };
const TIMED_OUT: Verdict = {
  outcome: 'failure',
  errorType: 'timeout',
  retry: 'before_token',
  nextTarget: true,
};

function judge(error: unknown, classify: Classify): Verdict {
  return error instanceof AttemptTimeoutError ? TIMED_OUT : classify(error);
}
