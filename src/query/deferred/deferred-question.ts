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

/** The stored answer: the response body, the documents' revision and the time of the answer. */
export interface DeferredAnswer {
  revision: number;
  /** Epoch milliseconds; earlier versions did not note it: the answer then counts as made when it was asked for. */
  created_at?: number | undefined;
  /** Of the prompt and the targets it was made with; earlier versions did not note it. */
  fingerprint?: string | undefined;
  body: { sources: { document_id: string }[]; metadata: object | null };
}

/** Parses a stored answer. The body is kept completely. */
export const deferredAnswerSchema: z.ZodType<DeferredAnswer> = z.object({
  revision: z.number(),
  created_at: creationTime.optional(),
  fingerprint: z.string().optional(),
  body: z.looseObject({
    sources: z.array(z.looseObject({ document_id: z.string() })),
    metadata: z.looseObject({}).nullable(),
  }),
});

/** What is stored of a question; `askedAt` in epoch milliseconds. */
export function storeQuestion(question: Question, requestId: string, askedAt: number): DeferredQuestion {
  const { text, topK: top_k, filter } = question;
  return { text, top_k, filter, asked_at: askedAt, request_id: requestId };
}

/** The question that a tenant asked. */
export function restoreQuestion(tenantId: string, { text, top_k, filter }: DeferredQuestion): Question {
  return { tenantId, text, topK: top_k, filter };
}
