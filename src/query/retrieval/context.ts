import type { Passage } from '../../postgres/search/search.repository.ts';

/** A passage with the number by which the model cites it. */
export interface NumberedPassage extends Passage {
  number: number;
}

/** The limits of a context. */
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
