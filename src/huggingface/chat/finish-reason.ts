/**
 * What a service's finish reason means. `failed` is an end that the service calls an error itself, and `unknown` is a word
 * that may be an end or not.
 */
export type Finish = 'stop' | 'length' | 'content_filter' | 'refusal' | 'tool_call' | 'failed' | 'unknown';

/** Words of services that send one with every chunk, while the answer goes on. */
const NOT_YET = /^(?:null|none|not_finished|unfinished|in_progress|(?:finish_reason_)?unspecified)$/i;
/** The words of OpenAI and of services that use their own: Mistral, Cohere, Gemini, Anthropic, Zhipu, DeepSeek, watsonx, vLLM. */
const FINISHES: [RegExp, Finish][] = [
  [/length|max_?(output_?)?tokens|context_window|token_limit|time_limit|incomplete/i, 'length'],
  [/filter|safety|sensitive|prohibited|blocklist|recitation|spii|guardrail|moderation/i, 'content_filter'],
  [/refus/i, 'refusal'],
  [/error|abort|cancel|insufficient/i, 'failed'],
  [/tool|function/i, 'tool_call'],
  [/stop|eos|^end|turn|complete|finish|done/i, 'stop'],
];

/** Reads a finish reason; undefined while there is none. */
export function readFinish(reason: unknown): Finish | undefined {
  if (typeof reason !== 'string' || reason === '' || NOT_YET.test(reason)) return undefined;
  return FINISHES.find(([words]) => words.test(reason))?.[1] ?? 'unknown';
}
