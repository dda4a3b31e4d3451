import { DONE } from './fake-hugging-face-faults.ts';
import type { Reply } from './fake-hugging-face-replies.ts';

/** What differs from OpenAI's way to stream an answer, with what a user is told of it. */
export const dialects = {
  length: 'ends each answer at its limit of tokens, half-way',
  thoughts_only: 'reasons until its limit of tokens and answers nothing',
  content_filter: 'ends each answer by its content filter, without text',
  refusal: 'refuses each question',
  think: 'writes its thoughts in a <think> block before each answer',
  think_unopened: 'writes thoughts before each answer that end with </think> and begin with no mark',
  pings: 'sends chunks without choices between those of an answer',
  parts: 'sends lists of parts, of thoughts and text, instead of text',
  null_errors: 'sends "error": null in each chunk',
  plain_text: 'streams with the content type text/plain',
  odd_type: 'streams with the content type Text/Event-Stream',
  whole: 'ignores stream and sends one JSON answer',
  whole_parts: 'ignores stream and sends one JSON answer with a list of parts',
  no_done: 'ends each stream without [DONE]',
  line_ends: 'ends lines by CR LF, begins with a byte order mark, and sends comments',
} satisfies Record<string, string>;

export type Dialect = keyof typeof dialects;

/** The answer in a dialect. */
export function dialectReply(dialect: Dialect, answer: string): Reply {
  const tokens = answer.match(/\s*\S+/g) ?? [];
  const told = tokens.map(say);
  const usage = { id: 'chatcmpl-fake', usage: { total_tokens: 3 } };
  switch (dialect) {
    case 'length':
      return stream([...tokens.slice(0, tokens.length / 2).map(say), end('length')]);
    case 'thoughts_only':
      return stream([delta({ content: null, reasoning_content: 'Hm.' }), end('length')]);
    case 'content_filter':
      return stream([delta({ role: 'assistant', content: '' }), end('content_filter')]);
    case 'refusal':
      return stream([delta({ content: null, refusal: 'I cannot help with that.' }), end('stop')]);
    case 'think':
      return stream([
        ...['<th', 'ink>The user asks [2].', '</thi', 'nk>\n\n'].map(say),
        ...told,
        end('stop'),
      ]);
    case 'think_unopened':
      return stream([...['The user asks.\n', '</think>\n\n'].map(say), ...told, end('stop')]);
    case 'pings':
      return stream([
        { type: 'ping' },
        ...told.flatMap((part) => [part, usage]),
        { type: 'ping' },
        end('stop'),
      ]);
    case 'parts':
      return stream([
        delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] }),
        ...tokens.map((text) => delta({ content: [{ type: 'text', text }] })),
        end('stop'),
      ]);
    case 'null_errors':
      return stream([...told, end('stop')].map((event) => ({ ...event, error: null })));
    case 'plain_text':
      return { ...stream([...told, end('stop')]), contentType: 'text/plain; charset=utf-8' };
    case 'odd_type':
      return { ...stream([...told, end('stop')]), contentType: 'Text/Event-Stream; charset=UTF-8' };
    case 'whole':
      return whole(answer);
    case 'whole_parts':
      return whole([{ type: 'thinking', text: 'Hm.' }, ...tokens.map((text) => ({ type: 'text', text }))]);
    case 'no_done':
      return { ...stream([...told, end('stop')]), ending: '' };
    case 'line_ends': {
      const { parts, ...reply } = stream([...told, end('stop')]);
      return {
        ...reply,
        parts: ['\uFEFF: hello\r\n\r\n', ...parts.map((part) => part.replaceAll('\n', '\r\n'))],
      };
    }
  }
}

function stream(events: object[]): Reply {
  return { contentType: 'text/event-stream', parts: events.map(frame), ending: DONE };
}

function whole(content: unknown): Reply {
  const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
  const body = { id: 'chatcmpl-fake', object: 'chat.completion', model: 'fake-chat', choices };
  return { contentType: 'application/json', parts: [JSON.stringify(body)], ending: '' };
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
