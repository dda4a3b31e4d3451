import { Inject, Injectable } from '@nestjs/common';
import { Database } from '../../postgres/connection/database.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { BackgroundJob } from '../../resilience/background-job.ts';
import { GenerationTargets } from '../../targets/generation/generation-targets.ts';
import { reportSideFailure } from '../../telemetry/side-failures.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import { DeferredAnswering } from './deferred-answering.ts';

const TASK = 'deferred_answering';
/** Pause between two questions. Lowering it loads a target that has just recovered. */
const PAUSE_MS = 1_000;
/** Between two polls while questions wait, or the database is out. Raised, answers come later once a model is back. */
const BUSY_POLL_MS = 5_000;
/** Between two polls while none waits. Raised, the first question of an outage is answered later. */
const IDLE_POLL_MS = 15_000;

/**
 * Answers the questions that wait, one at a time, whenever the database is well, a target takes calls and no user waits
 * for one. Questions that are too old expire whenever the database is well.
 */
@Injectable()
export class DeferredAnsweringJob extends BackgroundJob {
  /** Whether the next run goes on with the questions that the last one has found. */
  private isAnswering = false;

  constructor(
    private readonly work: DeferredAnswering,
    private readonly targets: GenerationTargets,
    private readonly database: Database,
    private readonly metrics: Metrics,
    @Inject(CLOCK) clock: Clock,
  ) {
    super(TASK, clock);
  }

  protected async run(signal: AbortSignal): Promise<number> {
    try {
      if (!this.isAnswering) {
        if (!this.database.isHealthy) return BUSY_POLL_MS;
        const { open, expired } = await this.work.maintainQueue(signal);
        for (let counted = 0; counted < expired; counted++) this.count('expired');
        if (open === 0) return IDLE_POLL_MS;
      }
      this.isAnswering = await this.answerNext(signal);
      return this.isAnswering ? PAUSE_MS : BUSY_POLL_MS;
    } catch (error) {
      if (!signal.aborted) reportSideFailure({ event: 'background_work_failed', task: TASK }, error);
      this.isAnswering = false;
      return IDLE_POLL_MS;
    }
  }

  /** @returns whether it is worth going on with the next after a pause */
  private async answerNext(signal: AbortSignal): Promise<boolean> {
    const { rejection, queueDepth } = this.targets;
    const mayAsk = this.database.isHealthy && rejection === null && queueDepth === 0;
    if (!mayAsk || signal.aborted) return false;
    const result = await this.work.answerNext(signal);
    if (result === 'none') return false;
    this.count(result === 'refused' ? 'released' : result);
    return result !== 'released';
  }

  private count(result: string): void {
    this.metrics.count('failsoft_deferred_questions_total', { result });
  }
}
