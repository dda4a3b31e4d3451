import type { OnApplicationShutdown } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { startDeadline } from '../../resilience/time/deadline.ts';
import { waitForStop } from '../../resilience/time/stop-limit.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { FallbackContext, FallbackRequest } from './fallback-request.ts';
import type { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import { tryRung, type Rung } from './rung.ts';

/** What the canary needs. */
export interface CanaryOptions {
  metrics: Metrics;
  time: AnswerDeadlines;
  /** The sampled share of questions, 0 to 1. */
  share: number;
  random: () => number;
}

/** Canaries in progress at once. Further questions are not sampled. Raising it adds load after bursts. */
const MAX_RUNNING = 2;

/**
 * Runs every rung for a sampled share of the questions that generation answered, and counts the results, so that a
 * broken rung is seen before it is needed. No caller waits for it, and its answers are discarded.
 */
export class LadderCanary implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly rungs: readonly Rung[],
    private readonly options: CanaryOptions,
  ) {}

  /** Aborts the canaries in progress. */
  onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    return waitForStop(Promise.all(this.running), this.options.time.clock);
  }

  /** Runs the canary for a sampled share of questions. Resolves when it has finished; never rejects. */
  async maybeRun(situation: FallbackContext): Promise<void> {
    const { share, random } = this.options;
    if (random() >= share || this.running.size >= MAX_RUNNING || this.stopping.signal.aborted) return;
    // The response is sent first.
    const canary = nextTurn()
      .then(() => this.run(situation))
      .finally(() => this.running.delete(canary));
    this.running.add(canary);
    await canary;
  }

  private async run(situation: FallbackContext): Promise<void> {
    const { metrics, time } = this.options;
    const limit = startDeadline(time.clock, time.fallbackMs, this.stopping.signal);
    const outage: FallbackRequest = {
      ...situation,
      reason: 'generation_failed',
      attempts: [],
      signal: limit.signal,
    };
    for (const rung of this.rungs) {
      const result = await tryRung(rung, outage).then(
        (answer) => (answer ? 'answered' : 'empty'),
        () => 'failed',
      );
      if (this.stopping.signal.aborted) break;
      metrics.count('failsoft_ladder_canary_total', { rung: rung.source, result });
    }
    limit.clear();
  }
}
