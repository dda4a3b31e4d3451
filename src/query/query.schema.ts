import { z } from 'zod';
import { metadataFields, metadataValue, storableText } from '../schemas/fields.ts';
import { searchModeSchema } from './answer/answer.ts';
import { MAX_TOP_K } from './answer/question.ts';

const MAX_CHARACTERS = 4_000;

const question = storableText(
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .refine(
      (text) => text.length <= MAX_CHARACTERS || [...text].length <= MAX_CHARACTERS,
      `must have at most ${MAX_CHARACTERS} characters`,
    ),
);

const filter = metadataFields(metadataValue, 20).default({});

/** Body of `POST /query`. */
export const querySchema = z
  .strictObject({
    query: question,
    include_metadata: z.boolean().default(true),
    top_k: z.int().min(1).max(MAX_TOP_K).default(6),
    filter,
    defer: z.boolean().default(false),
    stream_policy: z.enum(['live', 'whole']).default('live'),
    resumable: z.boolean().default(false),
  })
  .refine((body) => body.include_metadata || !body.defer, {
    path: ['defer'],
    message: "requires include_metadata: true, because the metadata contains the answer's URL",
  });

/** Body of `POST /search`. */
export const searchSchema = z.strictObject({
  query: question,
  top_k: z.int().min(1).max(100).default(6),
  filter,
  mode: searchModeSchema.default('hybrid'),
});

export type QueryBody = z.infer<typeof querySchema>;
export type SearchBody = z.infer<typeof searchSchema>;
