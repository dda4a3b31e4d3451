import { z } from 'zod';
import type { AppError } from '../../http/app-error.ts';
import { FALLBACK_REASONS } from '../../models/generation.ts';
import { answerMetadataSchema, sourceSchema, type Answer } from '../answer/answer.ts';

/**
 * How a reader gets the text. `live`: as it is generated; what has to be dropped is followed by `reset`. `append`: as it is
 * generated, and never dropped: a break midway is an `error`, and an answer that would be provisional is final. `whole`: only
 * once the answer is complete.
 */
export type StreamPolicy = 'live' | 'append' | 'whole';

/** The data of all events but the last, by their types. */
export const eventData = {
  sources: z
    .object({ sources: z.array(sourceSchema) })
    .describe('The passages: as soon as they are known, and again before a text that cites others'),
  notice: z
    .object({
      notice: z.string(),
      provisional: z.boolean().describe("Whether `reset` and a model's text may follow"),
      fallback_source: answerMetadataSchema.shape.fallback_source,
      fallback_reason: answerMetadataSchema.shape.fallback_reason,
    })
    .describe('Before the text of an answer that is less than usual'),
  token: z
    .object({ text: z.string() })
    .describe('A part of the text. All parts since the last `reset` are the text of `done`'),
  reset: z
    .object({
      reason: z
        .enum([...FALLBACK_REASONS, 'model_answered', 'text_revised'])
        .describe(
          'Why the target broke off; `model_answered` when a model takes the place of a provisional answer, `text_revised` when the end of a text shows that a part of it were thoughts',
        ),
      target: z.string().describe('The target that broke off or answers now'),
    })
    .describe('Text and notice shown so far are dropped; what follows takes their place'),
};

/** Why the text shown so far is dropped. */
export type ResetReason = z.infer<typeof eventData.reset>['reason'];

/** One event of an answer in the making. The last one is `done` or `error`, and no other is. */
export type AnswerEvent =
  | { [T in keyof typeof eventData]: { type: T } & z.infer<(typeof eventData)[T]> }[keyof typeof eventData]
  | { type: 'done'; answer: Answer }
  | { type: 'error'; error: AppError };
