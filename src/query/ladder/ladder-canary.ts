import type { OnApplicationShutdown } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { startDeadline } from '../../resilience/time/deadline.ts';
import { waitForStop } from '../../resilience/time/stop-limit.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { FallbackContext, FallbackRequest } from './fallback-request.ts';
import type { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import { tryRung, type Rung } from './rung.ts';

/** What the exercise works with. */
export interface CanaryOptions {
  metrics: Metrics;
  time: AnswerDeadlines;
  /** Share of the questions that it is done for, 0 to 1. */
  share: number;
  random: () => number;
}

/** Exercises under way at once; a question beyond is not taken. */
const MAX_RUNNING = 2;

/**
 * Now and then asks every rung what it would have answered to a question that generation has answered, and counts
 * it: so that the ladder is known to hold before it is needed. Nobody waits for it, and nothing of it is kept.
 */
export class LadderCanary implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly rungs: readonly Rung[],
    private readonly parts: CanaryOptions,
  ) {}

  /** Ends what is under way. */
  onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    return waitForStop(Promise.all(this.running), this.parts.time.clock);
  }

  /** Takes a question, or by far the most times doesn't; resolves when the rungs were asked. Never rejects. */
  async maybeRun(situation: FallbackContext): Promise<void> {
    const { share, random } = this.parts;
    if (random() >= share || this.running.size >= MAX_RUNNING || this.stopping.signal.aborted) return;
    // The response goes first.
    const exercise = nextTurn()
      .then(() => this.exercise(situation))
      .finally(() => this.running.delete(exercise));
    this.running.add(exercise);
    await exercise;
  }

  private async exercise(situation: FallbackContext): Promise<void> {
    const { metrics, time } = this.parts;
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
      metrics.count('ladder_exercises_total', { rung: rung.source, result });
    }
    limit.clear();
  }
}
