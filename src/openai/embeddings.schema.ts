import { z } from 'zod';
import { storableText } from '../schemas/fields.ts';
import { limitedList, withShape } from '../schemas/limited-schemas.ts';

/** As in OpenAI's API. Raised, one request takes more calls to the embedding service. */
const MAX_INPUTS = 2_048;
/** The longest text: 8,192 tokens of four characters. Raised, one text takes the main thread for longer. */
const MAX_CHARACTERS = 32_768;

/** A text that can be embedded. */
export const inputText = storableText(z.string().max(MAX_CHARACTERS))
  .refine((text) => text.trim() !== '', 'must not be empty')
  .meta({ minLength: 1 });

/** Ids of tokens that stand for a text. */
const tokens = z.array(z.int().min(0)).min(1).describe('Token ids of cl100k_base');

const item = z.union(
  [inputText, tokens],
  `must be a text of 1 to ${MAX_CHARACTERS} characters, not blank, or a list of token ids`,
);
const items = limitedList(item, MAX_INPUTS, {
  error: `At most ${MAX_INPUTS} inputs in one call.`,
  params: { refusal: 'payload_too_large' },
}).refine((given) => given.length > 0, 'must not be empty');

/** One text, several, or the token ids of one or several, as a list. */
const oneOrMore = z.union([inputText, tokens, z.array(item).min(1).max(MAX_INPUTS)]);
const input = withShape(z.unknown(), oneOrMore).transform((given, context) => {
  const isOne = !Array.isArray(given) || typeof given[0] === 'number';
  const { data, error } = items.safeParse(isOne ? [given] : given);
  for (const issue of error?.issues ?? [])
    context.addIssue({ ...issue, path: isOne ? [] : issue.path } as Parameters<typeof context.addIssue>[0]);
  return data ?? z.NEVER;
});

/** Body of `POST /v1/embeddings`. */
export const embeddingsSchema = z.looseObject({
  model: z.string().describe('`failsoft`, `failsoft/whole`, or the embedding model'),
  input,
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.null('must be left out: the vectors have the length that the model gives them').optional(),
});

/** Body of the response. */
export const vectorsSchema = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z
        .union([z.array(z.number()), z.string()])
        .describe('With `base64`: the bytes of little-endian four-byte floats'),
    }),
  ),
  model: z.string(),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});

export type EmbeddingsBody = z.infer<typeof embeddingsSchema>;
