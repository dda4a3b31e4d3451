import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { AppError } from '../../http/app-error.ts';
import { JobQueue, type ClaimedJob } from '../../postgres/records/job-queue.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { startDeadline } from '../../resilience/time/deadline.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { runInContext } from '../../telemetry/request-context.ts';
import type { Answer } from '../answer/answer.ts';
import { isTooOld } from './deferred-answers.ts';
import {
  deferredQuestionSchema,
  restoreQuestion,
  type DeferredAnswer,
  type DeferredQuestion,
} from './deferred-question.ts';
import { fingerprintOf } from '../generation/fingerprint.ts';
import type { Question } from '../answer/question.ts';
import { QueryService } from '../query.service.ts';
import { toResponse } from '../answer/response.ts';

const RELEASE_LIMIT_MS = 1_000;
/** The lease is longer than the question's deadline by this: for claiming the question and storing the answer. */
const LEASE_GRACE_SECONDS = 5;
/** The revision of an answer that cites no document. */
const UNKNOWN_REVISION = -1;

/**
 * The end of an attempt; `none` when no question was available. A question is `released` in an outage. It is `refused`,
 * and released too, when a model found fault with the question: others may be answered.
 */
export type AnsweringResult = 'none' | 'answered' | 'released' | 'refused' | 'expired';

/** Answers deferred questions, each as if it were asked now. */
@Injectable()
export class DeferredAnswering {
  private readonly fingerprint: string;

  constructor(
    private readonly queue: JobQueue,
    private readonly queries: QueryService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.fingerprint = fingerprintOf(config);
  }

  /**
   * Expires questions that are too old, and deletes those that were kept long enough.
   * @returns the number of open questions, including those that a worker holds, and of those expired now
   * @throws the database's errors
   */
  async maintainQueue(signal: AbortSignal): Promise<{ open: number; expired: number }> {
    const { open, kept } = await this.queue.count(signal);
    if (kept === 0) return { open, expired: 0 };
    await this.queue.purge(signal);
    const expired = open > 0 ? await this.queue.expire(signal) : 0;
    return { open: open - expired, expired };
  }

  /** Answers the oldest deferred question. @throws the database's errors, the signal's reason */
  async answerNext(signal: AbortSignal): Promise<AnsweringResult> {
    const leaseSeconds = Math.ceil(this.config.queryDeadlineMs / 1_000) + LEASE_GRACE_SECONDS;
    const job = await this.queue.claim(leaseSeconds, signal);
    if (!job) return 'none';
    const question = deferredQuestionSchema.safeParse(job.data).data;
    if (question && !isTooOld(question, this.clock, this.config))
      return runInContext({ requestId: question.request_id }, () => this.answer(job, question, signal));
    await this.queue.abandon(job, signal);
    return 'expired';
  }

  private async answer(
    job: ClaimedJob,
    question: DeferredQuestion,
    signal: AbortSignal,
  ): Promise<AnsweringResult> {
    const startedAt = this.clock.now();
    const answer = await this.ask(restoreQuestion(job.tenantId, question), signal);
    if (!answer || answer.metadata.from_fallback) {
      await this.release(job);
      return answer?.metadata.attempts.some(({ outcome }) => outcome === 'ignored') ? 'refused' : 'released';
    }
    const { revision = UNKNOWN_REVISION, sources, metadata } = answer;
    const output: DeferredAnswer = {
      revision,
      created_at: metadata.cached_at === null ? this.clock.wall() : Date.parse(metadata.cached_at),
      fingerprint: this.fingerprint,
      body: toResponse(answer, true, question.request_id, this.clock.now() - startedAt),
    };
    // Without a revision nobody could say later whether the answer cites a deleted document.
    const mayStore = revision !== UNKNOWN_REVISION || sources.length === 0;
    // The answer is not stored either when another worker has claimed the question, because this one took too long.
    const isStored = mayStore && (await this.queue.complete(job, output, signal).catch(() => false));
    if (!isStored) await this.release(job);
    return isStored ? 'answered' : 'released';
  }

  private ask(question: Question, signal: AbortSignal): Promise<Answer | undefined> {
    return this.queries.answer(question, signal).catch((error: unknown) => {
      const isOutage = error instanceof AppError && error.code === 'service_unavailable';
      if (!isOutage && !signal.aborted)
        this.logger.error({ event: 'deferred_question_failed', cause: causeOf(error) });
      return undefined;
    });
  }

  /** Releases a job, also while the service stops. If that fails, the job is available again after its lease. */
  private async release(job: ClaimedJob): Promise<void> {
    using limit = startDeadline(this.clock, RELEASE_LIMIT_MS);
    await this.queue.release(job, limit.signal).catch(() => undefined);
  }
}
