import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { Database } from '../../postgres/connection/database.ts';
import { sleep, type Clock } from '../../resilience/time/clock.ts';
import { CLOCK } from '../../resilience/resilience.module.ts';
import { waitForStop } from '../../resilience/time/stop-limit.ts';
import { GenerationTargets } from '../../targets/generation/generation-targets.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import { DeferredAnswering } from './deferred-answering.ts';

/** Between two questions: whoever has just come back is not flooded. */
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
export class DeferredAnsweringJob implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly work: DeferredAnswering,
    private readonly targets: GenerationTargets,
    private readonly database: Database,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run(this.stopping.signal);
  }

  /** Comes at once: the requests that still run need the models more. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  onApplicationShutdown(): Promise<void> {
    return waitForStop(this.running, this.clock);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // The guard has accounted for what the database threw.
      const waitMs = await this.answerAll(signal).catch(() => IDLE_POLL_MS);
      await this.pause(waitMs, signal);
    }
  }

  /** @returns milliseconds until the next poll */
  private async answerAll(signal: AbortSignal): Promise<number> {
    if (!this.database.isHealthy) return BUSY_POLL_MS;
    const { open, expired } = await this.work.maintainQueue(signal);
    for (let counted = 0; counted < expired; counted++)
      this.metrics.count('deferred_questions_total', { result: 'expired' });
    if (open === 0) return IDLE_POLL_MS;
    while (this.mayAsk && !signal.aborted) {
      const result = await this.work.answerNext(signal);
      if (result === 'none') break;
      this.metrics.count('deferred_questions_total', { result: result === 'refused' ? 'released' : result });
      if (result === 'released') break;
      await this.pause(PAUSE_MS, signal);
    }
    return BUSY_POLL_MS;
  }

  private get mayAsk(): boolean {
    return this.database.isHealthy && this.targets.rejection === null && this.targets.queueDepth === 0;
  }

  private pause(ms: number, signal: AbortSignal): Promise<void> {
    return sleep(this.clock, ms, signal).catch(() => undefined);
  }
}
