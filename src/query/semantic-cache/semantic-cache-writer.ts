import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { DeferredWrites, type WriteBehindQueue } from '../../postgres/records/write-behind-queue.ts';
import {
  AnsweredQuestionsRepository,
  type NewAnsweredQuestion,
} from '../../postgres/records/answered-questions.repository.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { documentsOf, type AnswerEntry } from '../answer/answer-entry.ts';
import { citedPassages } from '../generation/citations.ts';
import { QuestionEmbedding } from '../retrieval/question-embedding.ts';
import { filterKey, questionKey, wordingKey, type Question } from '../answer/question.ts';

interface Row extends NewAnsweredQuestion {
  id: string;
  answer: AnswerEntry;
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
  private readonly tenants = new Set<string>();

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
    // The rows that are left are stored without vectors, which would take calls to a model.
    this.stopping.abort();
    return this.rows.close();
  }

  /** Whether no answer is being stored. */
  get isAtRest(): boolean {
    return this.rows.isAtRest;
  }

  /** Stores an answer in the background. In an outage of the database the newest answers wait in memory. Never throws. */
  add(question: Question, entry: AnswerEntry): void {
    try {
      const { tenantId, text, filter } = question;
      const wording = wordingKey(question);
      if (wording === undefined || this.config.fallback.semanticCache.maxQuestions === 0) return;
      const key = hash('sha256', questionKey(question), 'base64url');
      const [passage] = citedPassages(entry);
      const documents = documentsOf(entry.sources);
      const { revision, created_at: answeredAt } = entry;
      const answered = { passage, documents, revision, question: text, answer: entry, answeredAt };
      this.rows.enqueue({ id: key, key, tenantId, scope: filterKey(filter), wording, ...answered });
    } catch (error) {
      this.logger.error({ event: 'answer_not_kept', cause: causeOf(error) });
    }
  }

  private async write(row: Row): Promise<void> {
    // Without a vector the question is still found by its wording.
    const vector =
      row.answer.retrieval === 'lexical'
        ? undefined
        : await this.embedding.embed(row.question, this.stopping.signal).catch(() => undefined);
    await this.earlier.save(row, vector?.isLearnt ? vector : undefined);
    await this.limit(row.tenantId, row.answeredAt);
  }

  /** Cleans up rarely, because it reads all questions of a tenant. */
  private async limit(tenantId: string, now: number): Promise<void> {
    this.tenants.add(tenantId);
    this.writes++;
    const { maxQuestions } = this.config.fallback.semanticCache;
    if (this.writes < maxQuestions * SURPLUS) return;
    this.writes = 0;
    const since = now - this.config.cache.staleSeconds * 1_000;
    for (const tenant of this.tenants) {
      await this.earlier.evictOldest(tenant, { maxQuestions, since });
      this.tenants.delete(tenant);
    }
  }
}
