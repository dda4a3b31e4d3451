import type { Logger } from 'pino';
import type { GuardRegistry } from '../resilience/guard-registry.ts';
import { serviceUnavailable } from '../resilience/unavailable.ts';
import type { GenerationTargets } from '../targets/generation-targets.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Answer, FallbackSource } from './answer.ts';
import type { Outage } from './outage.ts';
import type { Rung } from './rung.ts';

/** The fallback ladder: the first rung that has something answers. */
export class Ladder {
  constructor(
    private readonly rungs: Rung[],
    private readonly targets: GenerationTargets,
    private readonly guards: GuardRegistry,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Answers without generation.
   * @throws AppError `service_unavailable` when no rung has anything
   */
  descend(outage: Outage): Answer {
    for (const rung of this.rungs) {
      const answer = rung.answer(outage);
      if (!answer) continue;
      const reason = rung.isCache ? outage.reason : (`${outage.reason}_no_cache` as const);
      this.note(rung.source, reason);
      return {
        ...answer,
        metadata: {
          ...answer.metadata,
          from_fallback: true,
          fallback_source: rung.source,
          fallback_reason: reason,
          attempts: outage.attempts,
        },
      };
    }
    this.note('none', outage.reason);
    throw serviceUnavailable(this.guards, this.retryAfterMs(outage));
  }

  private note(source: FallbackSource | 'none', reason: string): void {
    this.logger.warn({ event: 'fallback_served', source, reason });
    this.metrics.count('circuit_breaker_fallbacks_total', { source, reason });
  }

  /** Without the database not even excerpts can come back, so then it is the one to wait for. */
  private retryAfterMs({ retrieval }: Outage): number {
    return retrieval.mode === 'none' && retrieval.failure !== undefined
      ? this.guards.guard('postgres').retryAfterMs
      : this.targets.retryAfterMs;
  }
}
