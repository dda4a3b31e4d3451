import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { AppError } from '../../http/app-error.ts';
import { JobQueue } from '../../postgres/records/job-queue.ts';
import { startDeadline } from '../../resilience/time/deadline.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import type { Answer, Deferral } from '../answer/answer.ts';
import { documentsOf } from '../answer/answer-entry.ts';
import { Freshness } from '../answer/freshness.ts';
import { condenseByRule } from '../conversation/condensing.ts';
import { deferredAnswerSchema, deferredQuestionSchema, storeQuestion } from './deferred-question.ts';
import type { Question } from '../answer/question.ts';

/** Time limit of deferring a question. Raising it delays degraded answers while the database is slow. */
const STORE_LIMIT_MS = 1_000;

/** The state of a deferred question: answered, with the age of the answer, or waiting, for at least `waitSeconds`. */
export type DeferredState =
  { state: 'waiting'; waitSeconds: number } | { state: 'answered'; body: object; ageSeconds: number };

/** Stores questions to be answered later, and returns their answers. */
@Injectable()
export class DeferredAnswerStore {
  constructor(
    private readonly queue: JobQueue,
    private readonly freshness: Freshness,
    private readonly metrics: Metrics,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Waits for the answer. If it is degraded or a 503, stores the question and adds the URL of its later answer, or null when
   * the question cannot be stored. A question of a conversation is stored as it was condensed.
   * @throws what `answering` throws
   */
  async orDefer(
    question: Question,
    answering: Promise<Answer>,
    requestId: string,
    caller: AbortSignal,
  ): Promise<Answer> {
    const endsAtMs = this.clock.now() + this.config.queryDeadlineMs;
    const { conversation } = question;
    const keep = (condensed = conversation && condenseByRule(conversation)) => {
      const asked = { ...question, text: condensed?.question ?? question.text };
      return this.keep(asked, requestId, endsAtMs - this.clock.now(), caller);
    };
    try {
      const answer = await answering;
      if (!answer.metadata.from_fallback) return answer;
      const deferred = await keep(answer.metadata.condensed ?? undefined);
      return { ...answer, metadata: { ...answer.metadata, deferred } };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'service_unavailable') throw error;
      const deferred = await keep();
      throw new AppError(error.code, { ...error.options, extra: { ...error.options.extra, deferred } });
    }
  }

  /**
   * The answer to a tenant's question.
   * @throws AppError `not_found`; `gone` when the question has expired or the answer shows a document deleted since; the
   * database's errors
   */
  async find(tenantId: string, id: string, caller: AbortSignal): Promise<DeferredState> {
    using deadline = startDeadline(this.clock, this.config.queryDeadlineMs, caller);
    return await this.read(tenantId, id, deadline.signal);
  }

  private async read(tenantId: string, id: string, signal: AbortSignal): Promise<DeferredState> {
    const job = z.uuid().safeParse(id).success ? await this.queue.find(tenantId, id, signal) : undefined;
    const question = deferredQuestionSchema.safeParse(job?.data).data;
    if (!job || !question) throw new AppError('not_found');
    if (job.state === 'expired') throw new AppError('gone');
    if (job.state === 'open') {
      if (isTooOld(question, this.clock, this.config)) throw new AppError('gone');
      return { state: 'waiting', waitSeconds: job.waitSeconds };
    }
    const answer = deferredAnswerSchema.safeParse(job.output).data;
    if (!answer) throw new AppError('gone');
    const policy = await this.freshness.current(tenantId, signal);
    // Nobody can say yet whether the answer may be served.
    if (!policy) return { state: 'waiting', waitSeconds: 0 };
    const {
      revision,
      created_at = question.asked_at,
      fingerprint = this.freshness.fingerprint,
      body,
    } = answer;
    if (policy.citesDeleted(documentsOf(body.sources), revision)) throw new AppError('gone');
    const { seconds, labels } = policy.describeAge({ revision, created_at, fingerprint });
    const metadata = { ...body.metadata, ...labels };
    return { state: 'answered', body: { ...body, metadata }, ageSeconds: seconds };
  }

  /** Stores the question; null when that fails. @param leftMs milliseconds until the request's deadline */
  private async keep(
    question: Question,
    requestId: string,
    leftMs: number,
    caller: AbortSignal,
  ): Promise<Deferral | null> {
    const { maxWaiting: maxOpen, maxAgeSeconds } = this.config.deferred;
    using limit = startDeadline(this.clock, Math.min(STORE_LIMIT_MS, Math.max(0, leftMs)), caller);
    const stored = storeQuestion(question, requestId, this.clock.wall());
    // The caller has its degraded answer, and the guard has recorded the failure.
    const id = await this.queue
      .add(question.tenantId, stored, { maxOpen, maxAgeSeconds }, limit.signal)
      .catch(() => undefined);
    const result = id === undefined ? 'refused' : 'stored';
    this.metrics.count('failsoft_deferred_questions_total', { result });
    if (id === undefined) return null;
    // Relative to `…/query`: the path that a proxy puts before it is not known here.
    const { publicUrl } = this.config.http;
    return { id, url: publicUrl === undefined ? `answers/${id}` : `${publicUrl}/answers/${id}` };
  }
}

/** Whether a deferred question has expired. */
export function isTooOld({ asked_at }: { asked_at: number }, clock: Clock, { deferred }: AppConfig): boolean {
  return clock.wall() - asked_at > deferred.maxAgeSeconds * 1_000;
}
