import { Inject, Injectable } from '@nestjs/common';
import { Caches } from '../../cache/caches.ts';
import { Database } from '../../postgres/connection/database.ts';
import { CorpusRepository } from '../../postgres/corpus/corpus.repository.ts';
import { BackgroundJob } from '../../resilience/background-job.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { reportSideFailure } from '../../telemetry/side-failures.ts';
import { AnswerStreams } from '../answer-stream/answer-streams.ts';

const TASK = 'deleted_text_purge';
/** Between two runs. Raised, the text of a deleted document stays stored for longer. */
const PAUSE_MS = 20_000;

/**
 * Deletes what was made from deleted documents: answers to similar questions, deferred answers, streams, and what the
 * caches hold in this process and in Redis. Every instance does so for its own memory. Nothing of it is served meanwhile.
 */
@Injectable()
export class DeletedTextPurge extends BackgroundJob {
  constructor(
    private readonly corpus: CorpusRepository,
    private readonly caches: Caches,
    private readonly streams: AnswerStreams,
    private readonly database: Database,
    @Inject(CLOCK) clock: Clock,
  ) {
    super(TASK, clock);
  }

  protected async run(signal: AbortSignal): Promise<number> {
    if (!this.database.isHealthy) return PAUSE_MS;
    try {
      const deletions = new Map<string, number>();
      for (let page = await this.corpus.readRemaining(undefined, signal); page.length > 0;) {
        await this.corpus.purgeAnswers(page, signal);
        for (const { documentId, revision } of page) deletions.set(documentId, revision);
        page = await this.corpus.readRemaining(page.at(-1), signal);
      }
      if (deletions.size === 0) return PAUSE_MS;
      this.streams.purge(deletions);
      await this.caches.purge(deletions);
      await this.corpus.endPurges(signal);
    } catch (error) {
      // What is left is deleted next time.
      if (!signal.aborted) reportSideFailure({ event: 'background_work_failed', task: TASK }, error);
    }
    return PAUSE_MS;
  }
}
