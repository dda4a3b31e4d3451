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
  /** The hash of its words. */
  wording: string;
  /** The id of one passage that the answer cites; undefined when it has none. */
  passage: string | undefined;
  /** The documents whose text the answer holds, and the revision that it was made from. */
  documents: string[];
  revision: number;
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
  question: string;
  answer: unknown;
}

/** One that was found by its vector, with the cosine similarity, -1 to 1. */
export interface NearQuestion extends AnsweredQuestion {
  similarity: number;
}

/** The limits of a tenant: the number of questions, and the earliest answer (epoch milliseconds). */
export interface AnsweredQuestionLimits {
  maxQuestions: number;
  since: number;
}

/** The most questions found at once. Raising it makes lookups slower for variations that add nothing. */
const MAX_FOUND = 16;

/** Stores answered questions by their wording, with their vectors. */
@Injectable()
export class AnsweredQuestionsRepository {
  constructor(private readonly database: Database) {}

  /** Stores a question with its answer, unless a newer one is stored, or one of its documents was deleted since. */
  async save(question: NewAnsweredQuestion, vector: QuestionVector | undefined): Promise<void> {
    const {
      tenantId,
      key,
      scope,
      wording,
      passage,
      question: text,
      answer,
      answeredAt,
      documents,
      revision,
    } = question;
    // If the model was dropped a moment ago, the question is stored without a vector.
    await this.database.query(
      `WITH saved AS (
         INSERT INTO answered_questions AS q (tenant_id, key, scope, wording, passage, question, answer, answered_at, documents)
         SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::jsonb, $8::timestamptz, $11::text[]
         WHERE NOT EXISTS (SELECT FROM deleted_documents
                           WHERE tenant_id = $1 AND document_id = ANY($11) AND revision > $12)
         ON CONFLICT (tenant_id, key) DO UPDATE SET scope = excluded.scope, wording = excluded.wording,
           passage = excluded.passage, documents = excluded.documents,
           question = excluded.question, answer = excluded.answer, answered_at = excluded.answered_at
         WHERE q.answered_at <= excluded.answered_at
         RETURNING tenant_id, key
       ), outdated AS (
         DELETE FROM answered_question_embeddings e USING saved
         WHERE e.tenant_id = saved.tenant_id AND e.key = saved.key AND e.model_id IS DISTINCT FROM $9
       )
       INSERT INTO answered_question_embeddings AS e (tenant_id, key, model_id, embedding)
       SELECT saved.tenant_id, saved.key, m.id, $10::vector FROM saved JOIN embedding_models m ON m.id = $9 FOR KEY SHARE OF m
       ON CONFLICT (tenant_id, key, model_id) DO UPDATE SET embedding = excluded.embedding`,
      [
        tenantId,
        key,
        scope,
        wording,
        passage ?? null,
        text,
        JSON.stringify(answer),
        new Date(answeredAt),
        vector?.model.id ?? null,
        vector ? toSql(vector.embedding) : null,
        documents,
        revision,
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

  /** The questions of one wording, newest first. */
  findByWording(
    { tenantId, scope, since }: AnsweredQuestionScope,
    wording: string,
    signal: AbortSignal,
  ): Promise<AnsweredQuestion[]> {
    return this.database.read<AnsweredQuestion>(
      `SELECT question, answer FROM answered_questions
       WHERE tenant_id = $1 AND scope = $2 AND wording = $3 AND answered_at >= $4
       ORDER BY answered_at DESC LIMIT ${MAX_FOUND}`,
      [tenantId, scope, wording, new Date(since)],
      { signal },
    );
  }

  /**
   * The questions whose vectors of the model are near enough, nearest first, of those stored with one of the passages.
   */
  findNearest(
    { tenantId, scope, since }: AnsweredQuestionScope,
    passages: string[],
    { model, embedding, minSimilarity }: QuestionVector & { minSimilarity: number },
    signal: AbortSignal,
  ): Promise<NearQuestion[]> {
    // The inner query finds each vector by its key, also where the planner knows nothing about the tables.
    return this.database.read<NearQuestion>(
      `SELECT question, answer, similarity FROM (
         SELECT q.question, q.answer, (
           SELECT 1 - (e.embedding <=> $6::vector) FROM answered_question_embeddings e
           WHERE e.tenant_id = q.tenant_id AND e.key = q.key AND e.model_id = $5) AS similarity
         FROM answered_questions q
         WHERE q.tenant_id = $1 AND q.scope = $2 AND q.passage = ANY($3) AND q.answered_at >= $4 OFFSET 0) compared
       WHERE similarity >= $7 ORDER BY similarity DESC LIMIT ${MAX_FOUND}`,
      [tenantId, scope, passages, new Date(since), model.id, toSql(embedding), minSimilarity],
      { signal },
    );
  }

  /** Deletes the questions of all tenants answered before `since` (epoch milliseconds). */
  async deleteOlder(since: number): Promise<void> {
    await this.database.query('DELETE FROM answered_questions WHERE answered_at < $1', [new Date(since)]);
  }
}
