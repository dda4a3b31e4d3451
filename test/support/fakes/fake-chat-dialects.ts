import { DONE } from './fake-hugging-face-faults.ts';
import type { Reply } from './fake-hugging-face-replies.ts';

/** What differs from OpenAI's way to stream an answer, with what a user is told of it. */
export const dialects = {
  length: 'ends each answer at its limit of tokens, half-way',
  thoughts_only: 'reasons until its limit of tokens and answers nothing',
  content_filter: 'ends each answer by its content filter, without text',
  refusal: 'refuses each question',
} satisfies Record<string, string>;

export type Dialect = keyof typeof dialects;

/** The streamed answer in a dialect. */
export function dialectReply(dialect: Dialect, answer: string): Reply {
  const tokens = answer.match(/\s*\S+/g) ?? [];
  switch (dialect) {
    case 'length':
      return stream([...tokens.slice(0, tokens.length / 2).map(say), end('length')]);
    case 'thoughts_only':
      return stream([delta({ content: null, reasoning_content: 'Hm.' }), end('length')]);
    case 'content_filter':
      return stream([delta({ role: 'assistant', content: '' }), end('content_filter')]);
    case 'refusal':
      return stream([delta({ content: null, refusal: 'I cannot help with that.' }), end('stop')]);
  }
}

function stream(events: object[]): Reply {
  return { contentType: 'text/event-stream', parts: events.map(frame), ending: DONE };
}

function say(content: string): object {
  return delta({ content });
}

function delta(content: object): object {
  return chunk([{ index: 0, delta: content, finish_reason: null }]);
}

function end(finish_reason: string): object {
  return chunk([{ index: 0, delta: {}, finish_reason }]);
}

function chunk(choices: object[]): object {
  return { id: 'chatcmpl-fake', object: 'chat.completion.chunk', model: 'fake-chat', choices };
}

function frame(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
