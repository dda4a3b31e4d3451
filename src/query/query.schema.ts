import { z } from 'zod';
import { metadataFields, metadataValue } from '../schemas/fields.ts';
import { retrievalModeSchema, searchModeSchema } from './answer/answer.ts';
import { messagesSchema } from './conversation/messages.ts';
import { MAX_TOP_K, questionTextSchema } from './answer/question.ts';

const filter = metadataFields(metadataValue, 20)
  .default({})
  .describe('Values that the metadata of a document must have');

/** Which passages a question is answered from, in every protocol. */
export const passageFields = {
  top_k: z.int().min(1).max(MAX_TOP_K).default(6).describe('Passages for the model'),
  filter,
};

/** Body of `POST /query`. */
export const querySchema = z
  .strictObject({
    query: questionTextSchema.optional().describe('Either this or `messages`'),
    messages: messagesSchema
      .optional()
      .describe('A conversation, oldest message first; the last one is the question'),
    include_metadata: z.boolean().default(true).describe('Without it `metadata` is null'),
    ...passageFields,
    defer: z
      .boolean()
      .default(false)
      .describe(
        'Whether the question is answered later if no model answers now; requires `include_metadata`',
      ),
    stream_policy: z
      .enum(['live', 'whole'])
      .default('live')
      .describe('Whether text is shown as it comes, or once the answer is complete'),
    resumable: z.boolean().default(false).describe('Whether a stream goes on without its reader'),
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
  top_k: z.int().min(1).max(100).default(6).describe('Passages that are returned'),
  filter,
  mode: searchModeSchema.default('hybrid'),
});

/** Body of the response of `POST /search`. */
export const searchResponseSchema = z.object({
  retrieval: retrievalModeSchema.describe('How passages were found; not as asked when one search is out'),
  results: z.array(
    z.object({
      document_id: z.string(),
      chunk_id: z.string(),
      title: z.string().nullable(),
      heading: z.string().nullable(),
      text: z.string(),
      score: z.number(),
    }),
  ),
});

export type QueryBody = z.infer<typeof querySchema>;
export type SearchBody = z.infer<typeof searchSchema>;
export type SearchResponse = z.infer<typeof searchResponseSchema>;
