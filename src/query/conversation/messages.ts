import { z } from 'zod';
import type { Turn } from '../../models/generation.ts';
import { storableText } from '../../schemas/fields.ts';
import { limitedList } from '../../schemas/limited-schemas.ts';
import { characterBoundary } from '../../text/sentences.ts';
import { questionTextSchema } from '../answer/question.ts';

/** Messages of one request. Raised, a request takes the main thread for longer; 1,000 take a few milliseconds. */
export const MAX_MESSAGES = 1_000;
/** Characters that are kept of one earlier message. Raised, one long answer takes the place of several turns. */
const MAX_TURN_CHARS = 2_000;
/** Characters that are kept of all earlier messages. Raised, tokens and terms of more text are counted for each question. */
const MAX_HISTORY_CHARS = 8_000;

/** One message of `messages`. An assistant's may be empty: a client stores that of a stream that was cut before its first token. */
export const turnSchema: z.ZodType<Turn> = z.strictObject({
  role: z.enum(['user', 'assistant'], 'must be user or assistant'),
  content: storableText(z.string()),
});

/** A question with the conversation before it, oldest turn first. */
export interface Conversation {
  text: string;
  history: Turn[];
}

/** The `messages` of a request: the last one is the question. */
export const messagesSchema = limitedList(turnSchema, MAX_MESSAGES, {
  error: `must have at most ${MAX_MESSAGES} messages`,
  params: { refusal: 'payload_too_large' },
}).transform(toConversation);

/**
 * Converts messages to the question that the last one asks, and its history. Only the newest turns are kept, and of a long
 * one its beginning, so that a history of any length costs the same. Turns in a row of one side become one.
 * @param messages undefined stands for a message of another role, which is left out
 * @param context gets the fault, with the index of the message, when the last one is no question of the user
 */
export function toConversation(
  messages: readonly (Turn | undefined)[],
  context: z.RefinementCtx,
): Conversation {
  const refuse = (message: string, path: PropertyKey[] = []) => {
    context.addIssue({ code: 'custom', message, path });
    return z.NEVER;
  };
  const last = messages.findLastIndex((message) => message !== undefined);
  const question = messages[last];
  if (!question) return refuse('must have a message of the user');
  if (question.role !== 'user') return refuse('the last message must be of the user', [last, 'role']);
  const { data: text, error } = questionTextSchema.safeParse(question.content);
  for (const { message } of error?.issues ?? []) refuse(message, [last, 'content']);
  return text === undefined ? z.NEVER : { text, history: toHistory(messages.slice(0, last)) };
}

function toHistory(messages: readonly (Turn | undefined)[]): Turn[] {
  const newestFirst: Turn[] = [];
  let left = MAX_HISTORY_CHARS;
  for (const message of messages.toReversed()) {
    const content = message && cut(message.content.trim());
    if (!content) continue;
    left -= content.length;
    if (left < 0) break;
    const later = newestFirst.at(-1);
    if (later?.role === message.role) later.content = `${content}\n\n${later.content}`;
    else newestFirst.push({ role: message.role, content });
  }
  return newestFirst.toReversed();
}

function cut(text: string): string {
  return text.slice(0, characterBoundary(text, MAX_TURN_CHARS));
}
