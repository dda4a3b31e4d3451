import { ServiceError } from '../errors/service-error.ts';
import type { Clock } from '../resilience/clock.ts';
import type { Classify } from '../resilience/outcome.ts';
import { describeFailure, HEDGE_LOST, type CallEnd } from './call-end.ts';
import type { GuardedGenerator } from './generation-target.ts';
import type { GenerationAttempt, GenerationRequest } from './generation.ts';

/** How a call is made and followed. */
export interface TargetCallOptions {
  /** The question's: its end ends the call. */
  signal: AbortSignal;
  classify: Classify;
  /** Called at the first sign of life; at the latest at the end of a call that succeeds. */
  onSpoken: () => void;
  onToken: (text: string) => void;
}

/** One guarded call to one target, which may be aborted apart from the question it is for. */
export class TargetCall {
  readonly startedAt: number;
  /** Whether it has shown a sign of life. */
  hasSpoken = false;
  private ended: { at: number; end: CallEnd } | undefined;
  private readonly controller = new AbortController();

  constructor(
    readonly target: GuardedGenerator,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
  }

  /** How it ended; undefined while it is under way. */
  get end(): CallEnd | undefined {
    return this.ended?.end;
  }

  /** As the response tells it. */
  get attempt(): GenerationAttempt {
    const { end, at } = this.ended ?? { end: HEDGE_LOST, at: this.clock.now() };
    const duration_ms = Math.round((at - this.startedAt) * 10) / 10;
    return { target: this.target.guard.name, outcome: end.ok ? 'success' : end.outcome, duration_ms };
  }

  /** Makes the call; resolves when it has ended, never rejects. */
  async run(request: GenerationRequest, options: TargetCallOptions): Promise<void> {
    const { signal, classify, onToken } = options;
    const follow = () => this.controller.abort(signal.reason);
    if (signal.aborted) follow();
    else signal.addEventListener('abort', follow, { once: true });
    const onActivity = () => {
      if (this.hasSpoken || this.ended) return;
      this.hasSpoken = true;
      options.onSpoken();
    };
    const generate = (attempt: AbortSignal) =>
      this.target.generator.generate(request, {
        signal: attempt,
        onActivity,
        onToken: (text) => {
          onActivity();
          // A half-open trial goes on without those who asked.
          if (!this.controller.signal.aborted) onToken(text);
        },
      });
    try {
      const generation = await this.target.guard.execute(generate, {
        signal: this.controller.signal,
        classify,
      });
      onActivity();
      this.finish({ ok: true, generation });
    } catch (error) {
      this.finish(describeFailure(error, classify, signal));
    } finally {
      signal.removeEventListener('abort', follow);
    }
  }

  /** Ends it for a call that spoke before it. */
  abort(): void {
    this.finish(HEDGE_LOST);
    this.controller.abort(new ServiceError('another target spoke first'));
  }

  private finish(end: CallEnd): void {
    this.ended ??= { at: this.clock.now(), end };
  }
}
