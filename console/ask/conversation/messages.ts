import type { Message } from './answer-types.ts';
import type { Turn } from './turn.ts';

/** Characters of a question, and of earlier messages, that the API takes into account (docs/api.md, Conversations). */
export const MAX_QUESTION_CHARS = 4_000;
const MAX_TURN_CHARS = 2_000;
const MAX_HISTORY_CHARS = 8_000;

/** The conversation as the API takes it: the question, after as much of the turns before it as counts. */
export function toMessages(before: readonly Turn[], question: string): Message[] {
  const newestFirst: Message[] = [{ role: 'user', content: question }];
  let left = MAX_HISTORY_CHARS;
  for (const turn of before.toReversed()) {
    if (left <= 0) break;
    for (const [role, text] of [
      ['assistant', turn.text],
      ['user', turn.question],
    ] as const) {
      const content = text.slice(0, MAX_TURN_CHARS).toWellFormed();
      left -= content.length;
      if (content !== '') newestFirst.push({ role, content });
    }
  }
  return newestFirst.toReversed();
}
