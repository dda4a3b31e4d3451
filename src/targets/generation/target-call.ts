import { ServiceError } from '../../telemetry/service-error.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { AttemptTimeoutError } from '../../resilience/guard/errors.ts';
import { followAbort } from '../../resilience/time/deadline.ts';
import type { Classify } from '../../resilience/guard/outcome.ts';
import { toCallFailure, LOST_TO_HEDGE, type CallResult } from './call-result.ts';
import type { GuardedGenerator } from './generation-target.ts';
import type { GenerationAttempt, GenerationRequest } from '../../models/generation.ts';

/** The limits and listeners of one call. */
export interface TargetCallOptions {
  /** The question's signal, which ends the call. */
  signal: AbortSignal;
  classify: Classify;
  /** The longest answer in tokens; the target's own limit when undefined. */
  maxTokens?: number | undefined;
  /** Called when the guard lets the call through. */
  onStart?: () => void;
  /** Called at the first token or other activity, at the latest at the end of a successful call. */
  onFirstToken?: () => void;
  /** Called at each token or other activity. */
  onActivity?: () => void;
  onToken?: (text: string) => void;
}

/** One guarded call to one target. It can be aborted without ending the question. */
export class TargetCall {
  readonly startedAt: number;
  /** Whether a first token or other activity was received. */
  hasFirstToken = false;
  /** The bytes of the answer so far. */
  receivedBytes = 0;
  /** Whether it was ended because it had used up its share of the question's time. */
  isShareSpent = false;
  private ended: { at: number; end: CallResult } | undefined;
  private readonly controller = new AbortController();

  constructor(
    readonly target: GuardedGenerator,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
  }

  /** The result; undefined while the call is in flight. */
  get result(): CallResult | undefined {
    return this.ended?.end;
  }

  /** The attempt as the response shows it. */
  get attempt(): GenerationAttempt {
    const { end, at } = this.ended ?? { end: LOST_TO_HEDGE, at: this.clock.now() };
    const duration_ms = Math.round((at - this.startedAt) * 10) / 10;
    return { target: this.target.guard.name, outcome: end.ok ? 'success' : end.outcome, duration_ms };
  }

  /** Makes the call. Resolves at its end and never rejects. */
  async run(request: GenerationRequest, options: TargetCallOptions): Promise<void> {
    const { signal, classify, onToken } = options;
    const unfollow = followAbort(this.controller, signal);
    const onActivity = () => {
      options.onActivity?.();
      if (this.hasFirstToken || this.ended) return;
      this.hasFirstToken = true;
      options.onFirstToken?.();
    };
    const generate = (attempt: AbortSignal, onSpeech: () => void) =>
      this.target.generator.generate(request, {
        signal: attempt,
        maxTokens: options.maxTokens,
        onActivity: () => {
          onSpeech();
          onActivity();
        },
        onToken: (text) => {
          onSpeech();
          onActivity();
          this.receivedBytes += Buffer.byteLength(text);
          // A half-open trial continues without its caller.
          if (!this.controller.signal.aborted) onToken?.(text);
        },
      });
    try {
      const generation = await this.target.guard.execute(generate, {
        signal: this.controller.signal,
        classify,
        onStart: options.onStart,
      });
      if (!this.hasFirstToken) onActivity();
      this.finish({ ok: true, generation });
    } catch (error) {
      this.finish(toCallFailure(error, classify, signal));
    } finally {
      unfollow();
    }
  }

  /** Aborts the call, because another target sent a token first. */
  abort(): void {
    this.finish(LOST_TO_HEDGE);
    this.controller.abort(new ServiceError('another target sent a token first'));
  }

  /** Ends the call as a failure of the target, which has used up its share of the question's time. */
  timeOut(): void {
    this.isShareSpent = true;
    this.controller.abort(new AttemptTimeoutError('share'));
  }

  private finish(end: CallResult): void {
    this.ended ??= { at: this.clock.now(), end };
  }
}
