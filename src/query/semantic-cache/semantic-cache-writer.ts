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
  /** The hash of the question with its options. */
  id: string;
  form: string;
  question: Question;
  entry: AnswerEntry;
}

/** Clean up after this many writes, as a share of the limit. Until then a tenant may exceed its limit by that much. */
const SURPLUS = 0.01;

/** Stores healthy answers for similar questions, in the background and one after the other. */
@Injectable()
export class SemanticCacheWriter implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly rows: WriteBehindQueue<Row>;
  /** The number of questions stored since the last clean-up, and their tenants. */
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
    // Without a vector the question is still found by its words.
    const vector =
      entry.retrieval === 'lexical'
        ? undefined
        : await this.embedding.embed(text, this.stopping.signal).catch(() => undefined);
    await this.earlier.save(row, vector);
    await this.limit(tenantId, answeredAt);
  }

  /** Cleans up rarely, because it reads all questions of a tenant. */
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
