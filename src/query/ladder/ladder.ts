import type { Logger } from 'pino';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { GuardRegistry } from '../../resilience/guard/guard-registry.ts';
import { waitForOwnTurn } from '../../resilience/time/own-turn.ts';
import { serviceUnavailable } from '../../http/service-unavailable.ts';
import type { GenerationTargets } from '../../targets/generation/generation-targets.ts';
import { LogSampler } from '../../telemetry/log-sampler.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Answer } from '../answer/answer.ts';
import type { LadderCanary } from './ladder-canary.ts';
import type { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import { tryRung, type Rung, type FallbackContext, type FallbackRequest } from './rung.ts';

/** What the ladder needs beside its rungs. */
export interface LadderDependencies {
  targets: GenerationTargets;
  guards: GuardRegistry;
  logger: Logger;
  metrics: Metrics;
  deadlines: AnswerDeadlines;
}

/** The fallback ladder: the first rung that has an answer gives it. */
export class Ladder {
  private readonly sampler: LogSampler;

  constructor(
    private readonly rungs: readonly Rung[],
    private readonly canary: LadderCanary,
    private readonly dependencies: LadderDependencies,
  ) {
    this.sampler = new LogSampler(dependencies.logger, () => dependencies.deadlines.clock.now());
  }

  /**
   * Answers without generation. The calls of all rungs together have the time that the deadline keeps in reserve. A rung that
   * fails or takes longer is skipped.
   * @throws AppError `service_unavailable` when no rung has an answer; the caller's signal's reason when the caller has gone
   */
  async fallBack(context: Omit<FallbackRequest, 'signal'>, caller: AbortSignal): Promise<Answer> {
    this.dependencies.targets.noteRejections();
    using limit = this.dependencies.deadlines.startFallback(caller);
    return await this.answer({ ...context, signal: limit.signal }, caller);
  }

  /** Runs the canary for a sampled share of answered questions. Resolves when it has finished; never rejects. */
  runCanary(context: FallbackContext): Promise<void> {
    return this.canary.maybeRun(context);
  }

  private async answer(request: FallbackRequest, caller: AbortSignal): Promise<Answer> {
    for (const rung of this.rungs) {
      // Excerpts take milliseconds each, and in an outage every question needs them.
      await waitForOwnTurn();
      const answer = await tryRung(rung, request).catch((error: unknown) => {
        // A caller who has gone aborts the rung's calls: the rung itself is fine.
        if (!caller.aborted) this.logFailure(rung, request, error);
        return undefined;
      });
      caller.throwIfAborted();
      if (!answer) continue;
      const reason = rung.isCache ? request.reason : (`${request.reason}_no_cache` as const);
      this.recordFallback(rung.source, reason);
      return {
        ...answer,
        metadata: {
          ...answer.metadata,
          from_fallback: true,
          fallback_source: rung.source,
          fallback_reason: reason,
          attempts: request.attempts,
        },
      };
    }
    this.recordFallback('none', request.reason);
    throw serviceUnavailable(this.dependencies.guards, this.retryAfterMs(request));
  }

  private logFailure({ source }: Rung, { signal }: FallbackRequest, error: unknown): void {
    const cause = causeOf(error);
    const line = { event: 'rung_failed', source, timed_out: signal.aborted, cause };
    this.sampler.write('warn', `failed ${source} ${cause.name}`, line);
  }

  private recordFallback(source: string, reason: string): void {
    this.sampler.write('warn', `served ${source} ${reason}`, { event: 'fallback_served', source, reason });
    this.dependencies.metrics.count('circuit_breaker_fallbacks_total', { source, reason });
  }

  /** Without the database there are not even excerpts, so its circuit is the one to wait for. */
  private retryAfterMs({ retrieved }: FallbackRequest): number {
    return retrieved.mode === 'none' && retrieved.failure !== undefined
      ? this.dependencies.guards.guard('postgres').retryAfterMs
      : this.dependencies.targets.retryAfterMs;
  }
}
