import { z } from 'zod';
import { sourceSchema } from '../query/answer/answer.ts';
import { responseMetadataSchema } from '../query/answer/response.ts';
import { openAiErrorSchema } from './openai-error.ts';

const head = {
  id: z.string(),
  created: z.number().describe('Epoch seconds'),
  model: z.string().describe('The model that answered, where it is known'),
  system_fingerprint: z.string().describe("failsoft's version"),
};

const annotations = z
  .array(
    z.object({
      type: z.literal('url_citation'),
      url_citation: z.object({
        start_index: z.number(),
        end_index: z.number(),
        url: z.string(),
        title: z.string(),
      }),
    }),
  )
  .describe('The places in the text that cite a source, at most the first 1,000');

const finishReason = z.enum(['stop', 'length', 'content_filter']);
const usage = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
});
const sources = z.array(sourceSchema.extend({ url: z.string() }));
const citations = z.array(z.string()).describe('The URLs of the sources: the first is that of number 1');
const failsoft = responseMetadataSchema.extend({ sources }).describe('The metadata of `POST /query`');

/** The body of a whole completion. */
export const completionSchema = z.object({
  ...head,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.object({
      index: z.number(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string(),
        refusal: z.null(),
        annotations,
      }),
      logprobs: z.null(),
      finish_reason: finishReason,
    }),
  ),
  usage,
  citations,
  failsoft,
});
export type Completion = z.infer<typeof completionSchema>;

/** A chunk of a completion that is streamed. */
export const chunkSchema = z.object({
  ...head,
  object: z.literal('chat.completion.chunk'),
  choices: z
    .array(
      z.object({
        index: z.number(),
        delta: z.object({
          role: z.literal('assistant').optional(),
          content: z.string().optional(),
          annotations: annotations.optional(),
        }),
        logprobs: z.null(),
        finish_reason: finishReason.nullable(),
      }),
    )
    .describe('Empty in the chunk with the usage'),
  usage: usage.nullable().optional().describe('With `stream_options.include_usage`'),
  citations: citations.optional(),
  failsoft: z
    .union([failsoft, z.object({ request_id: z.string(), sources })])
    .optional()
    .describe('Of the first and the last chunk with a choice'),
});
export type Chunk = z.infer<typeof chunkSchema>;

/** What is streamed: chunks, and at most one error, which ends the stream without `[DONE]`. */
export const chunkDataSchema = z.union([
  chunkSchema,
  z.object({ error: openAiErrorSchema }),
  z.literal('[DONE]'),
]);
