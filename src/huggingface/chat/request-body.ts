import type { ChatMessage, Sampling } from '../../models/generation.ts';
import type { AdaptedOptions } from './adaptation.ts';

/** Sampling temperature. Raising it makes answers keep less to the passages. */
const TEMPERATURE = 0.2;

/**
 * The body of a chat completion, without the model.
 * @param maxTokens the most tokens of the answer
 * @param options how the model wants to be asked
 * @param sampling what the caller chose
 */
export function buildBody(
  messages: ChatMessage[],
  maxTokens: number,
  options: AdaptedOptions,
  { temperature: chosen, top_p, stop, seed }: Sampling = {},
) {
  const { maxTokensField = 'max_tokens', system } = options;
  const temperature =
    options.temperature === 'none' ? 'none' : (chosen ?? options.temperature ?? TEMPERATURE);
  return {
    messages: system === 'user' ? withoutSystem(messages) : messages,
    ...(maxTokensField === 'none' ? {} : { [maxTokensField]: maxTokens }),
    ...(temperature === 'none' ? {} : { temperature }),
    ...(options.stream_options === 'none' ? {} : { stream_options: { include_usage: true } }),
    ...(top_p !== undefined && { top_p }),
    ...(stop && { stop }),
    ...(seed !== undefined && { seed }),
  };
}

/** The messages with the system's text at the beginning of the first user message. */
function withoutSystem(messages: ChatMessage[]): ChatMessage[] {
  const rules = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  const [first, ...others] = messages.filter(({ role }) => role !== 'system');
  return first ? [{ ...first, content: [...rules, first.content].join('\n\n') }, ...others] : [];
}
