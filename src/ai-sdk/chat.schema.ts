import { z } from 'zod';
import type { Turn } from '../models/generation.ts';
import { MAX_MESSAGES, toConversation } from '../query/conversation/messages.ts';
import { passageFields } from '../query/query.schema.ts';
import { storableText } from '../schemas/fields.ts';
import { limitedList } from '../schemas/limited-schemas.ts';

/** A part of a message. Of all kinds of parts only texts are read. */
const part = z.looseObject({ type: z.string(), text: storableText(z.string()).optional() });

/** A message as `useChat` keeps it. */
const message = z.looseObject({ role: z.enum(['system', 'user', 'assistant']), parts: z.array(part) });

const messages = limitedList(message, MAX_MESSAGES, {
  error: `At most ${MAX_MESSAGES} messages.`,
  params: { refusal: 'payload_too_large' },
}).transform((given, context) => {
  const last = given.length - 1;
  if (given[last]?.parts.some(({ type }) => type === 'file'))
    context.addIssue({ code: 'custom', message: 'files cannot be read, only texts', path: [last, 'parts'] });
  return toConversation(given.map(toTurn), context);
});

function toTurn({ role, parts }: z.infer<typeof message>): Turn | undefined {
  const texts = parts.filter(({ type }) => type === 'text').map(({ text = '' }) => text);
  return role === 'system' ? undefined : { role, content: texts.join('\n') };
}

/** Body of `POST /api/chat`, as the default transport of `useChat` sends it. Other fields have no effect. */
export const chatSchema = z
  .looseObject({
    id: z.string().min(1).max(200).optional().describe('The chat; required with `resumable`'),
    messages: messages.describe('As `useChat` keeps them; the last one is the question'),
    trigger: z.string().optional().describe('`regenerate-message` asks for a new answer'),
    resumable: z.boolean().default(false).describe('Whether the answer goes on without a reader'),
    ...passageFields,
  })
  .refine(({ id, resumable }) => id !== undefined || !resumable, {
    path: ['id'],
    message: 'is required with resumable: true',
  })
  .transform(({ id, messages: conversation, trigger, resumable, top_k, filter }) => {
    const isRepeated = trigger === 'regenerate-message';
    return { id, conversation, isRepeated, resumable, top_k, filter };
  });

export type ChatBody = z.infer<typeof chatSchema>;

/** Query of `POST /api/chat`: whether the client drops what was shown when it is told to. */
export const chatQuerySchema = z.looseObject({
  reset: z
    .enum(['0', '1'], 'must be 0 or 1')
    .default('0')
    .transform((value) => value === '1')
    .describe('`1` says that the client knows the chunk `reset-step`'),
});

export type ChatQuery = z.infer<typeof chatQuerySchema>;
