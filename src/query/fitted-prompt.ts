import { countTokens } from '../local/tokenizer.ts';
import type { GenerationRequest } from '../targets/generation.ts';
import { buildContext, type NumberedPassage } from './context.ts';
import { buildPrompt, passageHeader } from './prompt.ts';

/** What a target is asked, with the passages that it got. */
export interface FittedPrompt extends GenerationRequest {
  context: NumberedPassage[];
}

/** Other vocabularies than the one counted in need more tokens for the same text, and a chat's frame needs some. */
const USABLE_SHARE = 0.8;
/** The line breaks around a passage. */
const SEPARATOR_TOKENS = 2;

/**
 * The prompt for a target that takes at most `promptTokens`: with the best of the passages that fit, numbered anew.
 * @param promptTokens undefined for a target without a limit
 * @returns undefined when not even one passage fits beside the question
 */
export function fitPrompt(
  question: string,
  context: NumberedPassage[],
  promptTokens: number | undefined,
): FittedPrompt | undefined {
  if (promptTokens === undefined) return { ...buildPrompt(question, context), context };
  const frame = buildPrompt(question, []).messages.map(({ content }) => countTokens(content));
  const maxTokens = promptTokens * USABLE_SHARE - frame.reduce((sum, tokens) => sum + tokens);
  const sized = context.map((passage) => ({
    ...passage,
    tokens: passage.tokens + countTokens(passageHeader(passage)) + SEPARATOR_TOKENS,
  }));
  const fitting = buildContext(sized, { maxPassages: context.length, maxTokens });
  return fitting.length === 0 ? undefined : { ...buildPrompt(question, fitting), context: fitting };
}
