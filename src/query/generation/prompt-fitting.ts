import { characterBoundary, lastEdge } from '../../text/sentences.ts';
import { countTokens } from '../../text/tokens.ts';
import type { GenerationRequest, Turn } from '../../models/generation.ts';
import { buildContext, type NumberedPassage } from '../retrieval/context.ts';
import { joinNeighbours } from './neighbours.ts';
import { buildPrompt, passageHeader, type PromptQuestion } from './prompt.ts';

/** The request to a target, with the passages in it. */
export interface FittedPrompt extends GenerationRequest {
  context: NumberedPassage[];
}

/** Share of the limit that is used: other tokenizers need more tokens for the same text, and a chat template needs some. */
const USABLE_SHARE = 0.8;
/**
 * Share of a target's limit for the conversation before a question, at most. Raised, less is left for the passages. The passages
 * hold the answer, and a condensed question says already what the conversation is about.
 */
const HISTORY_SHARE = 0.25;
/** Tokens of the line breaks around a passage. */
const SEPARATOR_TOKENS = 2;
/** Tokens of the note that a passage continues the one above it. */
const CONTINUES_TOKENS = 6;
/** The least tokens of a cut passage. A shorter one is useless. */
const LEAST_TOKENS = 30;

/**
 * Builds the prompt for a target that takes at most `promptTokens`: with the newest turns of the conversation that fit their
 * share, and the best passages that fit beside them, renumbered, or the beginning of the best one.
 * @param promptTokens undefined for a target without a limit
 * @returns undefined when not even that fits beside the question
 */
export function fitPrompt(
  asked: PromptQuestion,
  context: NumberedPassage[],
  promptTokens: number | undefined,
): FittedPrompt | undefined {
  if (promptTokens === undefined) return toPrompt(asked, context);
  const question = cutHistory(asked, promptTokens * USABLE_SHARE * HISTORY_SHARE);
  const frame = buildPrompt(question, []).messages.map(({ content }) => countTokens(content));
  const maxTokens = promptTokens * USABLE_SHARE - frame.reduce((sum, tokens) => sum + tokens);
  const sized = context.map((passage) => ({
    ...passage,
    tokens: passage.tokens + countTokens(passageHeader(passage)) + CONTINUES_TOKENS + SEPARATOR_TOKENS,
  }));
  const whole = buildContext(sized, { maxPassages: context.length, maxTokens });
  const fitting = whole.length > 0 ? whole : cutBest(sized, maxTokens);
  if (fitting.length > 0) return toPrompt(question, fitting);
  return question.conversation && fitPrompt({ ...question, conversation: undefined }, context, promptTokens);
}

/** Leaves out the oldest turns of the conversation that do not fit. */
function cutHistory(question: PromptQuestion, maxTokens: number): PromptQuestion {
  const { conversation } = question;
  if (!conversation) return question;
  let left = maxTokens;
  const isLeftOut = ({ content }: Turn) => (left -= countTokens(content)) < 0;
  const last = conversation.history.findLastIndex(isLeftOut);
  return { ...question, conversation: { ...conversation, history: conversation.history.slice(last + 1) } };
}

function toPrompt(question: PromptQuestion, passages: NumberedPassage[]): FittedPrompt {
  const context = joinNeighbours(passages);
  return { ...buildPrompt(question, context), context, sampling: question.sampling };
}

/** The beginning of the best passage, cut between words, when no whole passage fits. */
function cutBest([best]: NumberedPassage[], maxTokens: number): NumberedPassage[] {
  if (!best) return [];
  const room = maxTokens - countTokens(passageHeader(best)) - SEPARATOR_TOKENS;
  if (room < LEAST_TOKENS) return [];
  let limit = Math.floor((best.text.length * room) / best.tokens);
  for (;;) {
    const text = best.text
      .slice(0, lastEdge(best.text, 0, limit) ?? characterBoundary(best.text, limit))
      .trimEnd();
    const tokens = countTokens(text);
    if (tokens <= room) return text === '' ? [] : [{ ...best, text, tokens, number: 1 }];
    limit = Math.floor(limit * 0.9);
  }
}
