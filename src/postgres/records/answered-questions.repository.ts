import { Injectable } from '@nestjs/common';
import { toSql } from 'pgvector';
import { Database } from '../connection/database.ts';
import type { EmbeddingModel } from '../search/embeddings.repository.ts';

/** An answered question to store. `answer` is JSON. */
export interface NewAnsweredQuestion {
  tenantId: string;
  /** The hash of the question with its options. A newer answer with the same key replaces the older one. */
  key: string;
  scope: string;
  form: string;
  question: string;
  answer: unknown;
  /** Epoch milliseconds. */
  answeredAt: number;
}

/** The question's vector and its model. */
export interface QuestionVector {
  model: EmbeddingModel;
  embedding: number[];
}

/** The questions to search. */
export interface AnsweredQuestionScope {
  tenantId: string;
  scope: string;
  /** Epoch milliseconds. Questions answered before are not found. */
  since: number;
}

/** An answered question that was found. */
export interface AnsweredQuestion {
  key: string;
  question: string;
  answer: unknown;
}

/** The limits of a tenant: the number of questions, and the earliest answer (epoch milliseconds). */
export interface AnsweredQuestionLimits {
  maxQuestions: number;
  since: number;
}

/** The most questions returned for one form. Further ones are variations that add nothing. */
const MAX_OF_ONE_FORM = 16;

/** Stores answered questions by their words, with their vectors. */
@Injectable()
export class AnsweredQuestionsRepository {
  constructor(private readonly database: Database) {}

  /** Stores a question with its answer, unless a newer one is stored. */
  async save(question: NewAnsweredQuestion, vector: QuestionVector | undefined): Promise<void> {
    const { tenantId, key, scope, form, question: text, answer, answeredAt } = question;
    // If the model was dropped a moment ago, the question is stored without a vector.
    await this.database.query(
      `WITH saved AS (
         INSERT INTO answered_questions AS q (tenant_id, key, scope, form, question, answer, answered_at)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
         ON CONFLICT (tenant_id, key) DO UPDATE SET scope = excluded.scope, form = excluded.form,
           question = excluded.question, answer = excluded.answer, answered_at = excluded.answered_at
         WHERE q.answered_at <= excluded.answered_at
         RETURNING tenant_id, key
       ), outdated AS (
         DELETE FROM answered_question_embeddings e USING saved
         WHERE e.tenant_id = saved.tenant_id AND e.key = saved.key AND e.model_id IS DISTINCT FROM $8
       )
       INSERT INTO answered_question_embeddings AS e (tenant_id, key, model_id, embedding)
       SELECT saved.tenant_id, saved.key, m.id, $9::vector FROM saved JOIN embedding_models m ON m.id = $8 FOR KEY SHARE OF m
       ON CONFLICT (tenant_id, key, model_id) DO UPDATE SET embedding = excluded.embedding`,
      [
        tenantId,
        key,
        scope,
        form,
        text,
        JSON.stringify(answer),
        new Date(answeredAt),
        vector?.model.id ?? null,
        vector ? toSql(vector.embedding) : null,
      ],
    );
  }

  /** Deletes the oldest questions beyond the tenant's limits. */
  async evictOldest(tenantId: string, { maxQuestions, since }: AnsweredQuestionLimits): Promise<void> {
    await this.database.query(
      `DELETE FROM answered_questions WHERE tenant_id = $1 AND (answered_at < $2 OR key IN (
         SELECT key FROM answered_questions WHERE tenant_id = $1 ORDER BY answered_at DESC, key OFFSET $3))`,
      [tenantId, new Date(since), maxQuestions],
    );
  }

  /** The questions of one form, newest first. */
  findByForm(
    { tenantId, scope, since }: AnsweredQuestionScope,
    form: string,
    signal: AbortSignal,
  ): Promise<AnsweredQuestion[]> {
    return this.database.read<AnsweredQuestion>(
      `SELECT key, question, answer FROM answered_questions
       WHERE tenant_id = $1 AND scope = $2 AND form = $3 AND answered_at >= $4
       ORDER BY answered_at DESC LIMIT ${MAX_OF_ONE_FORM}`,
      [tenantId, scope, form, new Date(since)],
      { signal },
    );
  }

  /**
   * Compares a vector with those of a tenant's questions.
   * @returns the cosine similarities, -1 to 1, by the questions' keys; without the questions that have no vector of the model
   */
  async similarities(
    tenantId: string,
    keys: string[],
    { model, embedding }: QuestionVector,
    signal: AbortSignal,
  ): Promise<Map<string, number>> {
    const rows = await this.database.read<{ key: string; similarity: number }>(
      `SELECT key, 1 - (embedding <=> $4::vector) AS similarity FROM answered_question_embeddings
       WHERE tenant_id = $1 AND key = ANY($2) AND model_id = $3`,
      [tenantId, keys, model.id, toSql(embedding)],
      { signal },
    );
    return new Map(rows.map(({ key, similarity }) => [key, similarity]));
  }

  /** Deletes the questions of all tenants answered before `since` (epoch milliseconds). */
  async deleteOlder(since: number): Promise<void> {
    await this.database.query('DELETE FROM answered_questions WHERE answered_at < $1', [new Date(since)]);
  }
}
