import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { RANDOM } from '../../resilience/resilience.module.ts';
import { waitForStop } from '../../resilience/time/stop-limit.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import { LADDER_RUNGS, tryRung, type Rung, type FallbackContext, type FallbackRequest } from './rung.ts';

/** Canaries in progress at once. Further questions are not sampled. Raising it adds load after bursts. */
const MAX_RUNNING = 2;

/**
 * Runs every rung for a sampled share of the questions that generation answered, and counts the results, so that a
 * broken rung is seen before it is needed. No caller waits for it, and its answers are discarded.
 */
@Injectable()
export class LadderCanary implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    @Inject(LADDER_RUNGS) private readonly rungs: readonly Rung[],
    private readonly metrics: Metrics,
    private readonly deadlines: AnswerDeadlines,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(RANDOM) private readonly random: () => number,
  ) {}

  onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    return waitForStop(Promise.all(this.running), this.deadlines.clock);
  }

  /** Runs the canary for a sampled share of questions. Resolves when it has finished; never rejects. */
  async maybeRun(context: FallbackContext): Promise<void> {
    const isSampled = this.random() < this.config.fallback.canaryShare;
    if (!isSampled || this.running.size >= MAX_RUNNING || this.stopping.signal.aborted) return;
    // The response is sent first.
    const canary = nextTurn()
      .then(() => this.run(context))
      .finally(() => this.running.delete(canary));
    this.running.add(canary);
    await canary;
  }

  private async run(context: FallbackContext): Promise<void> {
    using limit = this.deadlines.startFallback(this.stopping.signal);
    const request: FallbackRequest = {
      ...context,
      reason: 'generation_failed',
      attempts: [],
      signal: limit.signal,
    };
    for (const rung of this.rungs) {
      const result = await tryRung(rung, request).then(
        (answer) => (answer ? 'answered' : 'empty'),
        () => 'failed',
      );
      if (this.stopping.signal.aborted) break;
      this.metrics.count('failsoft_ladder_canary_total', { rung: rung.source, result });
    }
  }
}
