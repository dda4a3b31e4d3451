import { Injectable } from '@nestjs/common';
import { toSql } from 'pgvector';
import { Database } from '../connection/database.ts';
import type { EmbeddingModel } from '../search/embeddings.repository.ts';

/** An answered question to be kept; `answer` is JSON. */
export interface NewAnsweredQuestion {
  tenantId: string;
  /** Of the question with everything that was asked with it; a newer answer to the same replaces the older. */
  key: string;
  scope: string;
  form: string;
  question: string;
  answer: unknown;
  /** Epoch milliseconds. */
  answeredAt: number;
}

/** A vector of the question, and the model that made it. */
export interface QuestionVector {
  model: EmbeddingModel;
  embedding: number[];
}

/** Which questions may be found. */
export interface AnsweredQuestionScope {
  tenantId: string;
  scope: string;
  /** Epoch milliseconds; what was answered before is not found. */
  since: number;
}

/** An answered question that was found. */
export interface AnsweredQuestion {
  id: number;
  question: string;
  answer: unknown;
}

/** How much a tenant may have: so many questions, none answered before `since` (epoch milliseconds). */
export interface AnsweredQuestionLimits {
  maxQuestions: number;
  since: number;
}

/** Questions of one form: more are variations that say nothing new. */
const MAX_OF_ONE_FORM = 16;

/** Answered questions, by their words, with their vectors. */
@Injectable()
export class AnsweredQuestionsRepository {
  constructor(private readonly database: Database) {}

  /** Keeps a question with its answer, unless there is a newer one. */
  async save(question: NewAnsweredQuestion, vector: QuestionVector | undefined): Promise<void> {
    const { tenantId, key, scope, form, question: text, answer, answeredAt } = question;
    // A model that was dropped a moment ago costs the vector, not the question.
    await this.database.query(
      `WITH saved AS (
         INSERT INTO earlier_questions AS q (tenant_id, key, scope, form, question, answer, answered_at)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
         ON CONFLICT (tenant_id, key) DO UPDATE SET scope = excluded.scope, form = excluded.form,
           question = excluded.question, answer = excluded.answer, answered_at = excluded.answered_at
         WHERE q.answered_at <= excluded.answered_at
         RETURNING id
       ), outdated AS (
         DELETE FROM earlier_question_embeddings e USING saved
         WHERE e.question_id = saved.id AND e.model_id IS DISTINCT FROM $8
       )
       INSERT INTO earlier_question_embeddings AS e (model_id, question_id, embedding)
       SELECT m.id, saved.id, $9::vector FROM saved JOIN embedding_models m ON m.id = $8 FOR KEY SHARE OF m
       ON CONFLICT (model_id, question_id) DO UPDATE SET embedding = excluded.embedding`,
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

  /** Clears away what is beyond the tenant's limits. */
  async evictOldest(tenantId: string, { maxQuestions, since }: AnsweredQuestionLimits): Promise<void> {
    await this.database.query(
      `DELETE FROM earlier_questions WHERE tenant_id = $1 AND (answered_at < $2 OR id IN (
         SELECT id FROM earlier_questions WHERE tenant_id = $1 ORDER BY answered_at DESC, id DESC OFFSET $3))`,
      [tenantId, new Date(since), maxQuestions],
    );
  }

  /** Those of one form, newest first. */
  findByForm(
    { tenantId, scope, since }: AnsweredQuestionScope,
    form: string,
    signal: AbortSignal,
  ): Promise<AnsweredQuestion[]> {
    return this.database.read<AnsweredQuestion>(
      `SELECT id, question, answer FROM earlier_questions
       WHERE tenant_id = $1 AND scope = $2 AND form = $3 AND answered_at >= $4
       ORDER BY answered_at DESC LIMIT ${MAX_OF_ONE_FORM}`,
      [tenantId, scope, form, new Date(since)],
      { signal },
    );
  }

  /** Cosines of a vector with those of questions, by their ids, from -1 to 1; without those that have none of its model. */
  async similarities(
    ids: number[],
    { model, embedding }: QuestionVector,
    signal: AbortSignal,
  ): Promise<Map<number, number>> {
    const rows = await this.database.read<{ id: number; similarity: number }>(
      `SELECT question_id AS id, 1 - (embedding <=> $3::vector) AS similarity FROM earlier_question_embeddings
       WHERE model_id = $1 AND question_id = ANY($2)`,
      [model.id, ids, toSql(embedding)],
      { signal },
    );
    return new Map(rows.map(({ id, similarity }) => [id, similarity]));
  }

  /** Forgets what was answered before `since` (epoch milliseconds), of every tenant. */
  async deleteOlder(since: number): Promise<void> {
    await this.database.query('DELETE FROM earlier_questions WHERE answered_at < $1', [new Date(since)]);
  }
}
