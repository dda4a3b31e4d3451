import type { OnModuleDestroy } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { causeOf } from '../errors/cause-of.ts';
import { startDeadline } from '../resilience/abort.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Outage } from './outage.ts';
import type { QueryTime } from './query-time.ts';
import { askRung, type Rung } from './rung.ts';

/** What the exercise works with. */
export interface ExerciseParts {
  metrics: Metrics;
  logger: Logger;
  time: QueryTime;
  /** Share of the questions that it is done for, 0 to 1. */
  share: number;
  random: () => number;
}

/** A healthy question with everything that the rungs would have had, had generation been out. */
export type Situation = Omit<Outage, 'signal' | 'reason' | 'attempts'>;

/** Exercises under way at once; a question beyond is not taken. */
const MAX_RUNNING = 2;

/**
 * Now and then asks every rung what it would have answered to a question that generation has answered, and counts
 * it: so that the ladder is known to hold before it is needed. Nobody waits for it, and nothing of it is kept.
 */
export class LadderExercise implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly rungs: readonly Rung[],
    private readonly parts: ExerciseParts,
  ) {}

  /** Ends what is under way. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  /** Takes a question, or by far the most times doesn't; resolves when the rungs were asked. Never rejects. */
  async offer(situation: Situation): Promise<void> {
    const { share, random } = this.parts;
    if (random() >= share || this.running.size >= MAX_RUNNING || this.stopping.signal.aborted) return;
    // The response goes first.
    const exercise = nextTurn()
      .then(() => this.exercise(situation))
      .finally(() => this.running.delete(exercise));
    this.running.add(exercise);
    await exercise;
  }

  private async exercise(situation: Situation): Promise<void> {
    const { metrics, time } = this.parts;
    const limit = startDeadline(time.clock, time.rungsMs, this.stopping.signal);
    const outage: Outage = {
      ...situation,
      reason: 'generation_failed',
      attempts: [],
      signal: limit.signal,
    };
    for (const rung of this.rungs) {
      const result = await askRung(rung, outage).then(
        (answer) => (answer ? 'answered' : 'empty'),
        (error: unknown) => {
          if (!this.stopping.signal.aborted) this.noteFailure(rung, outage, error);
          return 'failed';
        },
      );
      if (this.stopping.signal.aborted) break;
      metrics.count('ladder_exercises_total', { rung: rung.source, result });
    }
    limit.clear();
  }

  private noteFailure({ source }: Rung, { signal }: Outage, error: unknown): void {
    const line = { event: 'rung_failed', source, timed_out: signal.aborted, exercise: true };
    this.parts.logger.warn({ ...line, cause: causeOf(error) });
  }
}
