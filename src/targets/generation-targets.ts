import { isCallerGone } from '../resilience/abort.ts';
import type { Clock } from '../resilience/clock.ts';
import { AttemptTimeoutError, GuardRejectedError } from '../resilience/errors.ts';
import type { Rejection } from '../resilience/guard-events.ts';
import type { Guard } from '../resilience/guard.ts';
import type { Classify } from '../resilience/outcome.ts';
import type {
  FallbackReason,
  Generation,
  GenerationAttempt,
  GenerationOptions,
  GenerationRequest,
  Generator,
} from './generation.ts';

/** A generator behind its guard. */
export interface GuardedGenerator {
  guard: Guard;
  generator: Generator;
}

/** What came of walking the targets; `attempts` tells the story either way. */
export type GenerationResult =
  | ({ ok: true; target: string; isBackup: boolean; attempts: GenerationAttempt[] } & Generation)
  | { ok: false; reason: FallbackReason; attempts: GenerationAttempt[] };

/** Asks the generation targets in their order, each behind its own guard, until one answers. */
export class GenerationTargets {
  constructor(
    private readonly targets: GuardedGenerator[],
    private readonly classify: Classify,
    private readonly clock: Clock,
  ) {}

  /** Why no target would be asked now, or null when one would be. */
  get outage(): FallbackReason | null {
    const refusals = this.targets.map(({ guard }) => guard.refusal);
    const first = refusals.find((refusal) => refusal !== null);
    return first === undefined || refusals.includes(null) ? null : rejectionReason(first);
  }

  /** Milliseconds until the first target may be asked again; 0 when one may be now. */
  get retryAfterMs(): number {
    return Math.min(...this.targets.map(({ guard }) => guard.retryAfterMs));
  }

  /**
   * Generates an answer.
   * @throws the signal's reason when the caller has gone; a spent deadline is a result, not a throw
   */
  async generate(request: GenerationRequest, options: GenerationOptions): Promise<GenerationResult> {
    const attempts: GenerationAttempt[] = [];
    let reason: FallbackReason | undefined;
    for (const [index, { guard, generator }] of this.targets.entries()) {
      const startedAt = this.clock.now();
      const end = (outcome: GenerationAttempt['outcome']) =>
        attempts.push({ target: guard.name, outcome, duration_ms: round(this.clock.now() - startedAt) });
      try {
        const generation = await guard.execute(
          (signal) => generator.generate(request, { ...options, signal }),
          { signal: options.signal, classify: this.classify },
        );
        end('success');
        return { ok: true, target: guard.name, isBackup: index > 0, attempts, ...generation };
      } catch (error) {
        if (isCallerGone(options.signal)) throw options.signal.reason;
        const ended = describe(error, this.classify, options.signal);
        end(ended.outcome);
        reason = worse(reason, ended);
        if (!ended.nextTarget) break;
      }
    }
    return { ok: false, reason: reason ?? 'generation_failed', attempts };
  }
}

interface AttemptEnd {
  outcome: GenerationAttempt['outcome'];
  reason: FallbackReason;
  nextTarget: boolean;
  called: boolean;
}

function describe(error: unknown, classify: Classify, signal: AbortSignal): AttemptEnd {
  if (signal.aborted)
    return { outcome: 'timeout', reason: 'generation_timeout', nextTarget: false, called: true };
  if (error instanceof GuardRejectedError) return describeRejection(error);
  if (error instanceof AttemptTimeoutError)
    return { outcome: 'timeout', reason: 'generation_timeout', nextTarget: true, called: true };
  const verdict = classify(error);
  if (verdict.errorType === 'rate_limited')
    return { outcome: 'throttled', reason: 'rate_limited', nextTarget: verdict.nextTarget, called: true };
  return {
    outcome: verdict.outcome,
    reason: 'generation_failed',
    nextTarget: verdict.nextTarget,
    called: true,
  };
}

function describeRejection({ rejection }: GuardRejectedError): AttemptEnd {
  const outcome = rejection === 'throttled' ? 'throttled' : 'rejected';
  return { outcome, reason: rejectionReason(rejection), nextTarget: true, called: false };
}

function rejectionReason(rejection: Rejection): FallbackReason {
  if (rejection === 'throttled') return 'rate_limited';
  return rejection === 'open' || rejection === 'half_open_full'
    ? 'circuit_breaker_open'
    : 'generation_failed';
}

/** The reason of the last target that was really asked; without one, that of the first rejection. */
function worse(reason: FallbackReason | undefined, ended: AttemptEnd): FallbackReason {
  return reason === undefined || ended.called ? ended.reason : reason;
}

/** To a tenth of a millisecond. */
function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
