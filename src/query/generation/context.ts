import { selectExcerpts, type Excerpt } from '../../text/excerpts/excerpts.ts';
import type { Passage } from '../../postgres/search/search.repository.ts';
import type { Source } from '../answer/answer.ts';
import { highlighterOf, type Highlighter } from './highlights.ts';

/** Longest excerpt of a passage that is shown, in characters. */
export const EXCERPT_MAX_CHARS = 200;

/** A passage with the number under which the model may cite it. */
export interface NumberedPassage extends Passage {
  number: number;
}

/** How much a context holds. */
export interface ContextLimits {
  maxPassages: number;
  maxTokens: number;
}

/** Takes the best passages that fit the budget, at most `maxPassages`, and numbers them from 1. */
export function buildContext(passages: Iterable<Passage>, limits: ContextLimits): NumberedPassage[] {
  const context: NumberedPassage[] = [];
  let tokens = 0;
  for (const passage of passages) {
    if (context.length === limits.maxPassages) break;
    if (tokens + passage.tokens > limits.maxTokens) continue;
    tokens += passage.tokens;
    context.push({ ...passage, number: context.length + 1 });
  }
  return context;
}

/** Whether a context has fewer passages than it may, and tokens for as many again. */
export function hasRoom(context: readonly NumberedPassage[], limits: ContextLimits): boolean {
  const tokens = context.reduce((sum, passage) => sum + passage.tokens, 0);
  return context.length < limits.maxPassages && 2 * tokens <= limits.maxTokens;
}

/** The passages as the response shows them, each with the part that fits the question best. */
export function toSources(question: string, context: NumberedPassage[]): Source[] {
  const highlight = highlighterOf(question);
  return context.map((passage) => {
    const [excerpt] = selectExcerpts(question, [passage], { count: 1, maxChars: EXCERPT_MAX_CHARS });
    return toSource(passage, excerpt, highlight);
  });
}

/** One passage as the response shows it, with what is quoted of it. */
export function toSource(
  passage: NumberedPassage,
  quoted: Excerpt | undefined,
  highlight: Highlighter,
): Source {
  const { number, document_id, chunk_id, title, url, heading } = passage;
  const excerpt = quoted?.text ?? '';
  const highlights = quoted ? highlight(quoted) : [];
  const score = Number(passage.score.toFixed(4));
  return { number, document_id, chunk_id, title, url, heading, excerpt, highlights, score };
}
