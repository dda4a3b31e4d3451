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
  id: number;
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

  /** Deletes the oldest questions beyond the tenant's limits. */
  async evictOldest(tenantId: string, { maxQuestions, since }: AnsweredQuestionLimits): Promise<void> {
    await this.database.query(
      `DELETE FROM earlier_questions WHERE tenant_id = $1 AND (answered_at < $2 OR id IN (
         SELECT id FROM earlier_questions WHERE tenant_id = $1 ORDER BY answered_at DESC, id DESC OFFSET $3))`,
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
      `SELECT id, question, answer FROM earlier_questions
       WHERE tenant_id = $1 AND scope = $2 AND form = $3 AND answered_at >= $4
       ORDER BY answered_at DESC LIMIT ${MAX_OF_ONE_FORM}`,
      [tenantId, scope, form, new Date(since)],
      { signal },
    );
  }

  /** The cosine similarities of a vector with questions' vectors by id, -1 to 1. Questions without a vector of its model are missing. */
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

  /** Deletes the questions of all tenants answered before `since` (epoch milliseconds). */
  async deleteOlder(since: number): Promise<void> {
    await this.database.query('DELETE FROM earlier_questions WHERE answered_at < $1', [new Date(since)]);
  }
}
