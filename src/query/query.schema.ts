import { z } from 'zod';
import { metadataFields, metadataValue } from '../schemas/fields.ts';
import { searchModeSchema } from './answer/answer.ts';
import { messagesSchema } from './conversation/messages.ts';
import { MAX_TOP_K, questionTextSchema } from './answer/question.ts';

const filter = metadataFields(metadataValue, 20).default({});

/** Which passages a question is answered from, in every protocol. */
export const passageFields = { top_k: z.int().min(1).max(MAX_TOP_K).default(6), filter };

/** Body of `POST /query`. */
export const querySchema = z
  .strictObject({
    query: questionTextSchema.optional(),
    messages: messagesSchema.optional(),
    include_metadata: z.boolean().default(true),
    ...passageFields,
    defer: z.boolean().default(false),
    stream_policy: z.enum(['live', 'whole']).default('live'),
    resumable: z.boolean().default(false),
  })
  .refine(({ query, messages }) => (query === undefined) !== (messages === undefined), {
    path: ['query'],
    message: 'either query or messages must be given, and not both',
  })
  .refine((body) => body.include_metadata || !body.defer, {
    path: ['defer'],
    message: "requires include_metadata: true, because the metadata contains the answer's URL",
  })
  .transform(({ query: text = '', messages, ...options }) => {
    const conversation = messages && { asked: messages.text, history: messages.history };
    return { ...options, text: messages?.text ?? text, conversation };
  });

/** Body of `POST /search`. */
export const searchSchema = z.strictObject({
  query: questionTextSchema,
  top_k: z.int().min(1).max(100).default(6),
  filter,
  mode: searchModeSchema.default('hybrid'),
});

export type QueryBody = z.infer<typeof querySchema>;
export type SearchBody = z.infer<typeof searchSchema>;
