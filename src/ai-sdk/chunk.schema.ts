import { z } from 'zod';
import { eventData } from '../query/answer-stream/answer-event.ts';
import { sourceSchema } from '../query/answer/answer.ts';
import { answerResponseSchema } from '../query/answer/response.ts';

const cited = sourceSchema.pick({
  number: true,
  document_id: true,
  chunk_id: true,
  heading: true,
  excerpt: true,
});
const text = { id: z.string() };

/** One chunk of the UI message stream of `ai` 7. */
export const uiChunkSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), messageId: z.string() }).describe('The first chunk'),
  z.object({ type: z.literal('start-step') }),
  z
    .object({
      type: z.literal('source-url'),
      sourceId: z.string().describe('The number that the text cites'),
      url: z.string(),
      title: z.string(),
      providerMetadata: z.object({ failsoft: cited }),
    })
    .describe('A source whose document has a URL'),
  z
    .object({
      type: z.literal('source-document'),
      sourceId: z.string(),
      mediaType: z.literal('text/plain'),
      title: z.string(),
      filename: z.string(),
      providerMetadata: z.object({ failsoft: cited.extend({ url: z.string() }) }),
    })
    .describe('A source whose passage this service shows'),
  z
    .object({ type: z.literal('data-notice'), data: eventData.notice })
    .describe('Before the text of an answer that is less than usual'),
  z.object({ type: z.literal('text-start'), ...text }),
  z.object({ type: z.literal('text-delta'), ...text, delta: z.string() }),
  z.object({ type: z.literal('text-end'), ...text }),
  z
    .object({ type: z.literal('reset-step') })
    .describe('What was shown is dropped; for clients that say that they know it'),
  z.object({ type: z.literal('finish-step') }),
  z.object({
    type: z.literal('message-metadata'),
    messageMetadata: answerResponseSchema.shape.metadata,
  }),
  z.object({ type: z.literal('finish'), finishReason: z.enum(['stop', 'length']) }),
  z.object({ type: z.literal('error'), errorText: z.string() }).describe('The end in place of `finish`'),
]);
export type UiChunk = z.infer<typeof uiChunkSchema>;
