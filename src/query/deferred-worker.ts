import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../postgres/database.ts';
import type { Clock } from '../resilience/clock.ts';
import { Repeater } from '../resilience/repeater.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { GenerationTargets } from '../targets/generation-targets.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { DeferredWork } from './deferred-work.ts';

/** Between two questions: whoever has just come back is not flooded. */
const PAUSE_MS = 1_000;
/** Until the next look while questions wait, or the database is out. */
const SOON_MS = 5_000;
/** Until the next look when none did: another instance may have ended before it answered one. */
const LATER_MS = 15_000;

/**
 * Answers the questions that wait, one at a time, whenever the database is well, a target takes calls and no user waits
 * for one; clears them away when they are too old, whenever the database is well.
 */
@Injectable()
export class DeferredWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Repeater;
  /** Whether the next run goes on with the questions that the last one has found. */
  private isAnswering = false;

  constructor(
    private readonly work: DeferredWork,
    private readonly targets: GenerationTargets,
    private readonly database: Database,
    private readonly metrics: Metrics,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.loop = new Repeater(clock, undefined, (signal) => this.run(signal));
  }

  /** Whether no question is answered in the background. */
  get isAtRest(): boolean {
    return this.loop.isAtRest;
  }

  onApplicationBootstrap(): void {
    void this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }

  /** @returns milliseconds until it is worth looking again */
  private async run(signal: AbortSignal): Promise<number> {
    try {
      if (!this.isAnswering) {
        if (!this.database.isWell) return SOON_MS;
        if ((await this.clearAway(signal)) === 0) return LATER_MS;
      }
      this.isAnswering = await this.answerNext(signal);
      return this.isAnswering ? PAUSE_MS : SOON_MS;
    } catch {
      // The guard has accounted for what the database threw.
      this.isAnswering = false;
      return LATER_MS;
    }
  }

  /** @returns how many questions wait */
  private async clearAway(signal: AbortSignal): Promise<number> {
    const { open, givenUp } = await this.work.clearAway(signal);
    for (let counted = 0; counted < givenUp; counted++)
      this.metrics.count('deferred_questions_total', { result: 'given_up' });
    return open;
  }

  /** @returns whether it is worth going on with the next after a pause */
  private async answerNext(signal: AbortSignal): Promise<boolean> {
    if (!this.mayAsk || signal.aborted) return false;
    const result = await this.work.answerNext(signal);
    if (result === 'none') return false;
    this.metrics.count('deferred_questions_total', { result: result === 'refused' ? 'put_back' : result });
    return result !== 'put_back';
  }

  private get mayAsk(): boolean {
    return this.database.isWell && this.targets.outage === null && this.targets.queueDepth === 0;
  }
}
