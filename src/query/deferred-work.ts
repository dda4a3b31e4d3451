import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { AppError } from '../errors/app-error.ts';
import { causeOf } from '../errors/cause-of.ts';
import { JobQueue, type TakenJob } from '../postgres/job-queue.ts';
import { startDeadline } from '../resilience/abort.ts';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { LOGGER } from '../telemetry/logger.ts';
import { runInContext } from '../telemetry/request-context.ts';
import type { Answer } from './answer.ts';
import { isTooOld } from './deferred-answers.ts';
import {
  deferredQuestionSchema,
  restoreQuestion,
  type DeferredAnswer,
  type DeferredQuestion,
} from './deferred-question.ts';
import { QueryService } from './query.service.ts';
import { showAnswer } from './response.ts';

const PUT_BACK_LIMIT_MS = 1_000;
/** Of an answer that shows no document. */
const UNKNOWN_REVISION = -1;

/**
 * What became of a question that was taken; `none` when there was none to take. It is `put_back` in an outage, and
 * `refused` when a model found fault with the question: others may be answered.
 */
export type WorkResult = 'none' | 'answered' | 'put_back' | 'refused' | 'given_up';

/** Answers questions that wait, one by one, each as if it had been asked now. */
@Injectable()
export class DeferredWork {
  constructor(
    private readonly queue: JobQueue,
    private readonly queries: QueryService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Gives up questions that are too old, and forgets what was kept for long enough.
   * @returns how many are still open, those included that were taken by someone who is gone, and how many were given up
   * @throws the database's errors
   */
  async clearAway(signal: AbortSignal): Promise<{ open: number; givenUp: number }> {
    const { open, kept } = await this.queue.count(signal);
    if (kept === 0) return { open, givenUp: 0 };
    await this.queue.maintain(signal);
    const givenUp = open > 0 ? await this.queue.giveUpOlder(this.config.deferred.maxAgeSeconds, signal) : 0;
    return { open: open - givenUp, givenUp };
  }

  /** Answers the question that waits for longest. @throws the database's errors, the signal's reason */
  async answerNext(signal: AbortSignal): Promise<WorkResult> {
    const job = await this.queue.take(signal);
    if (!job) return 'none';
    const question = deferredQuestionSchema.safeParse(job.data).data;
    if (question && !isTooOld(question, this.clock, this.config))
      return runInContext({ requestId: question.request_id }, () => this.answer(job, question, signal));
    await this.queue.giveUp(job, signal);
    return 'given_up';
  }

  private async answer(job: TakenJob, question: DeferredQuestion, signal: AbortSignal): Promise<WorkResult> {
    const startedAt = this.clock.now();
    const answer = await this.ask(question, signal);
    if (!answer || answer.metadata.from_fallback) {
      await this.putBack(job);
      return answer?.metadata.attempts.some(({ outcome }) => outcome === 'ignored') ? 'refused' : 'put_back';
    }
    const { revision = UNKNOWN_REVISION, sources, metadata } = answer;
    // Nobody could tell later whether it shows a deleted document.
    const isKept =
      (revision !== UNKNOWN_REVISION || sources.length === 0) &&
      (await this.store(
        job,
        {
          revision,
          created_at: metadata.cached_at === null ? this.clock.wall() : Date.parse(metadata.cached_at),
          body: showAnswer(answer, true, question.request_id, this.clock.now() - startedAt),
        },
        signal,
      ));
    if (!isKept) await this.putBack(job);
    return isKept ? 'answered' : 'put_back';
  }

  /** Undefined when there is no answer at all. */
  private ask(question: DeferredQuestion, signal: AbortSignal): Promise<Answer | undefined> {
    return this.queries.answer(restoreQuestion(question), signal).catch((error: unknown) => {
      const isOutage = error instanceof AppError && error.code === 'service_unavailable';
      if (!isOutage && !signal.aborted)
        this.logger.error({ event: 'deferred_question_failed', cause: causeOf(error) });
      return undefined;
    });
  }

  /**
   * False when the database does not take it, whose guard has logged why, or someone else has taken the question because
   * this took too long.
   */
  private store(job: TakenJob, output: DeferredAnswer, signal: AbortSignal): Promise<boolean> {
    return this.queue.complete(job, output, signal).catch(() => false);
  }

  /** Also while the service ends. If it fails, the job is taken from this attempt when its time is over. */
  private async putBack(job: TakenJob): Promise<void> {
    const limit = startDeadline(this.clock, PUT_BACK_LIMIT_MS);
    // The guard of the database has logged what failed.
    await this.queue.putBack(job, limit.signal).catch(() => undefined);
    limit.clear();
  }
}
