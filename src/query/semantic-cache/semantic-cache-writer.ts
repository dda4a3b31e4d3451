import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { DeferredWrites, type WriteBehindQueue } from '../../postgres/records/write-behind-queue.ts';
import { AnsweredQuestionsRepository } from '../../postgres/records/answered-questions.repository.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import type { AnswerEntry } from '../answer/answer-entry.ts';
import { QuestionEmbedding } from '../retrieval/question-embedding.ts';
import { formKey, readForm } from './question-parse.ts';
import { filterKey, questionKey, type Question } from '../answer/question.ts';

interface Row {
  /** Of the question and everything that was asked with it. */
  id: string;
  form: string;
  question: Question;
  entry: AnswerEntry;
}

/** By this share of its limit a tenant may have more questions for a while. */
const SURPLUS = 0.01;

/** Keeps healthy answers for questions that mean nearly the same: off the request's path, one after the other. */
@Injectable()
export class SemanticCacheWriter implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly rows: WriteBehindQueue<Row>;
  /** Since the limits were last seen to: how many questions were kept, and whose. */
  private writes = 0;
  private readonly written = new Set<string>();

  constructor(
    private readonly earlier: AnsweredQuestionsRepository,
    private readonly embedding: QuestionEmbedding,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    writes: DeferredWrites,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.rows = writes.create((row) => this.write(row));
  }

  onApplicationShutdown(): Promise<void> {
    // What is left is kept without vectors, which would take calls to a model.
    this.stopping.abort();
    return this.rows.close();
  }

  /** Takes an answer to be kept. Never throws: while the database is away the newest ones wait in memory. */
  add(question: Question, entry: AnswerEntry): void {
    try {
      this.put(question, entry);
    } catch (error) {
      this.logger.error({ event: 'answer_not_kept', cause: causeOf(error) });
    }
  }

  private put(question: Question, entry: AnswerEntry): void {
    const form = formKey(readForm(question.text));
    if (form === undefined || this.config.fallback.semanticCache.maxQuestions === 0) return;
    const id = hash('sha256', questionKey(question), 'base64url');
    this.rows.enqueue({ id, form, question, entry });
  }

  private async write({ id, form, question, entry }: Row): Promise<void> {
    const { tenantId, text, filter } = question;
    const answeredAt = entry.created_at;
    const row = {
      tenantId,
      key: id,
      scope: filterKey(filter),
      form,
      question: text,
      answer: entry,
      answeredAt,
    };
    // Without its vector it is still found by its words.
    const vector =
      entry.retrieval === 'lexical'
        ? undefined
        : await this.embedding.embed(text, this.stopping.signal).catch(() => undefined);
    await this.earlier.save(row, vector);
    await this.limit(tenantId, answeredAt);
  }

  /** Looking through all that a tenant has takes longer than keeping one more. */
  private async limit(tenantId: string, now: number): Promise<void> {
    this.written.add(tenantId);
    this.writes++;
    const { maxQuestions } = this.config.fallback.semanticCache;
    if (this.writes < maxQuestions * SURPLUS) return;
    this.writes = 0;
    const since = now - this.config.cache.staleSeconds * 1_000;
    for (const written of this.written) {
      await this.earlier.evictOldest(written, { maxQuestions, since });
      this.written.delete(written);
    }
  }
}
