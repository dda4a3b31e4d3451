import { dialectReply } from './fake-chat-dialects.ts';
import { DONE, type Fault } from './fake-hugging-face-faults.ts';

/** A reply as it goes out: its parts one after the other, then its ending. */
export interface Reply {
  contentType: string;
  parts: string[];
  ending: string;
}

/** A message as it comes in. */
export interface FakeMessage {
  role: string;
  content: string;
}

/** Answers from the first numbered passage of the question's prompt, with its citation. */
export function answerFromPassage(messages: FakeMessage[]): string {
  const prompts = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
  const passage = /^\s*\[1\]\s*([^]*?)(?=^\s*\[2\]|\n\s*\n|$(?![^]))/m.exec(prompts.join('\n'))?.[1];
  const sentence = passage?.replace(/\s+/g, ' ').slice(0, 200).trim();
  return sentence ? `According to the documents: ${sentence} [1].` : 'The documents do not say.';
}

/** What the prompt of each chat has cost, in tokens. Its answer has cost one for each word. */
export const PROMPT_TOKENS = 20;

/** The reply to a chat completion, streamed or whole; a fault may change what it says. */
export function chatReply(body: Record<string, unknown>, answer: string, fault: Fault | undefined): Reply {
  const model = String(body['model']);
  const text = fault?.kind === 'empty_answer' ? '' : answer;
  if (fault?.kind === 'dialect') return dialectReply(fault.dialect, text);
  const base = { id: 'chatcmpl-fake', created: 1_795_228_209, model };
  const tokens = text.match(/\s*\S+/g) ?? [];
  const usage = {
    prompt_tokens: PROMPT_TOKENS,
    completion_tokens: tokens.length,
    total_tokens: PROMPT_TOKENS + tokens.length,
  };
  if (body['stream'] !== true) {
    const message = { role: 'assistant', content: text };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    return jsonReply({ object: 'chat.completion', ...base, choices, usage }, fault);
  }
  const event = (delta: object, finishReason: string | null = null) =>
    frame({
      object: 'chat.completion.chunk',
      ...base,
      choices: [{ index: 0, delta, finish_reason: finishReason }],
    });
  const parts = tokens.map((content) => event({ role: 'assistant', content }));
  const { include_usage: isAsked = false } = (body['stream_options'] ?? {}) as { include_usage?: boolean };
  const told = isAsked ? frame({ object: 'chat.completion.chunk', ...base, choices: [], usage }) : '';
  const ending = `${event({}, 'stop')}${told}${DONE}`;
  return { contentType: 'text/event-stream', parts: spoil(parts, fault, event), ending };
}

function spoil(
  parts: string[],
  fault: Fault | undefined,
  event: (delta: object, finishReason?: string) => string,
): string[] {
  switch (fault?.kind) {
    case 'bad_json':
      return [...parts.slice(0, fault.parts ?? 0), 'data: {"choices": [{"delta"\n\n'];
    case 'wrong_shape':
      return [frame({ unexpected: true })];
    case 'error_event':
      return [...parts.slice(0, fault.parts ?? 2), frame({ error: { message: 'simulated', code: 500 } })];
    case 'held_open':
    case 'late_end':
      return [...parts, event({}, 'stop')];
    case 'reasoning': {
      const thought = event({ role: 'assistant', content: null, reasoning_content: 'hm' });
      return [...Array.from({ length: fault.parts ?? 2 }, () => thought), ...parts];
    }
    default:
      return parts;
  }
}

function frame(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

const PIECES = 8;

/** A JSON reply in up to eight parts; a fault may replace it. */
export function jsonReply(body: unknown, fault: Fault | undefined): Reply {
  const text = fault?.kind === 'bad_json' ? '{"oops' : JSON.stringify(replace(body, fault));
  const size = Math.ceil(text.length / PIECES);
  const parts = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  return { contentType: 'application/json', parts, ending: '' };
}

function replace(body: unknown, fault: Fault | undefined): unknown {
  return fault?.kind === 'wrong_shape' ? { unexpected: true } : body;
}
