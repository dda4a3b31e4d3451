import { z } from 'zod';

const embedding = z.enum(['ready', 'pending', 'refused']);

/** Query of `GET /chunks`. */
export const chunksSchema = z.strictObject({
  document_id: z.string().min(1, 'must not be empty').describe('The id of a document'),
  limit: z.coerce.number().int().min(1).max(100).optional().describe('Chunks of a page; 20 by default'),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'is not a valid cursor')
    .optional()
    .describe('`next` of the page before'),
  embedding: embedding.optional().describe('Only chunks in this state'),
});

const refusal = z.object({
  cause: z.looseObject({}).describe('How the chunk was refused, for example by `http_status`'),
  attempts: z.int().describe('How often the chunk was refused'),
  refused_at: z.string().describe('When that was last'),
  retry_at: z.string().describe('When the chunk is tried again'),
});

/** Body of the response of `GET /chunks`. */
export const chunkPageSchema = z.object({
  document: z.object({
    id: z.string(),
    title: z.string().nullable(),
    url: z.string().nullable(),
    format: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    created_at: z.string().describe('In ISO 8601'),
    updated_at: z.string().describe('In ISO 8601'),
    chunks: z.int(),
    embedded: z.int().describe('How many of the chunks have a vector'),
  }),
  chunks: z
    .array(
      z.object({
        chunk_id: z.string(),
        ordinal: z.int().describe('Counts the chunks of the document from 0'),
        heading: z.string().nullable().describe('The path of headings above the chunk'),
        text: z.string(),
        tokens: z.int(),
        embedding: embedding.describe('`refused`: the model made no vector'),
        refusal: refusal.optional().describe('There with `refused`'),
      }),
    )
    .describe('In the order of the document'),
  next: z.string().nullable().describe('The `cursor` of the next page; null on the last one'),
});

export type ChunksQuery = z.infer<typeof chunksSchema>;
export type ChunkPage = z.infer<typeof chunkPageSchema>;
