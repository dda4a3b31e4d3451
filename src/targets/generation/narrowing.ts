import type { ChatMessage } from '../../models/generation.ts';
import { ANSWER_SHARE, MAX_TOKENS } from '../../huggingface/chat/adaptation.ts';
import { countTokens } from '../../text/tokens.ts';

/** Share of a context window that the prompt takes: the answer has its own, and other tokenizers need more tokens. */
const PROMPT_SHARE = 0.6;
/** The smallest context that is tried. */
const MIN_CONTEXT_TOKENS = 256;

/** The most tokens of an answer in a context of that size; undefined for undefined. */
export function answerTokens(contextTokens: number | undefined): number | undefined {
  return contextTokens === undefined ? undefined : Math.floor(contextTokens * ANSWER_SHARE);
}

/**
 * The context window for which a request that was too long is fitted again: the limit that the service told where that makes
 * the request shorter, else one for half of what was sent.
 * @param fitted the most tokens of the prompt for which it was fitted before
 * @returns tokens
 */
export function fitContext(messages: ChatMessage[], limit: number | undefined, fitted = Infinity): number {
  const sent = messages.reduce((sum, { content }) => sum + countTokens(content), 0);
  const isSmaller = limit !== undefined && limit * (1 - ANSWER_SHARE) < fitted;
  if (isSmaller && (sent > limit * PROMPT_SHARE || limit * ANSWER_SHARE < MAX_TOKENS)) return limit;
  return Math.max(MIN_CONTEXT_TOKENS, Math.floor((sent * 0.5) / PROMPT_SHARE));
}
