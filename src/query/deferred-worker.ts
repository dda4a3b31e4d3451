import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../postgres/database.ts';
import { pause, type Clock } from '../resilience/clock.ts';
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
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly work: DeferredWork,
    private readonly targets: GenerationTargets,
    private readonly database: Database,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run(this.stopping.signal);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // The guard has accounted for what the database threw.
      const waitMs = await this.answerAll(signal).catch(() => LATER_MS);
      await pause(this.clock, waitMs, signal);
    }
  }

  /** @returns milliseconds until it is worth looking again */
  private async answerAll(signal: AbortSignal): Promise<number> {
    if (!this.database.isWell) return SOON_MS;
    const { open, givenUp } = await this.work.clearAway(signal);
    for (let counted = 0; counted < givenUp; counted++)
      this.metrics.count('deferred_questions_total', { result: 'given_up' });
    if (open === 0) return LATER_MS;
    while (this.mayAsk && !signal.aborted) {
      const result = await this.work.answerNext(signal);
      if (result === 'none') break;
      this.metrics.count('deferred_questions_total', { result: result === 'refused' ? 'put_back' : result });
      if (result === 'put_back') break;
      await pause(this.clock, PAUSE_MS, signal);
    }
    return SOON_MS;
  }

  private get mayAsk(): boolean {
    return this.database.isWell && this.targets.outage === null && this.targets.queueDepth === 0;
  }
}
