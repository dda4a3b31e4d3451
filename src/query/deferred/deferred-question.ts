import { z } from 'zod';
import { creationTime } from '../answer/answer-entry.ts';
import type { Question } from '../answer/question.ts';

/** A question as its tenant's job holds it. Later versions read it too. */
export const deferredQuestionSchema = z.object({
  text: z.string(),
  top_k: z.number(),
  filter: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Epoch milliseconds. */
  asked_at: z.number(),
  /** The id of the request that asked it. */
  request_id: z.string(),
});

export type DeferredQuestion = z.infer<typeof deferredQuestionSchema>;

/** A stored answer: the complete response body, and from which documents, when and how it was made. */
export const deferredAnswerSchema = z.object({
  revision: z.number(),
  /** Missing in answers of earlier versions. Such an answer counts as made when the question was asked. */
  created_at: creationTime.optional(),
  /** Of the prompt and the targets. Missing in answers of earlier versions. */
  fingerprint: z.string().optional(),
  body: z.looseObject({
    sources: z.array(z.looseObject({ document_id: z.string() })),
    metadata: z.looseObject({}).nullable(),
  }),
});

export type DeferredAnswer = z.infer<typeof deferredAnswerSchema>;

/** Converts a question to the stored form. `askedAt` is in epoch milliseconds. */
export function storeQuestion(question: Question, requestId: string, askedAt: number): DeferredQuestion {
  const { text, topK: top_k, filter } = question;
  return { text, top_k, filter, asked_at: askedAt, request_id: requestId };
}

/** Converts a stored question back. */
export function restoreQuestion(tenantId: string, { text, top_k, filter }: DeferredQuestion): Question {
  return { tenantId, text, topK: top_k, filter };
}
