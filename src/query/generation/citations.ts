import type { Answer } from '../answer/answer.ts';

/** Code (fenced or inline), which is left alone, or a bracketed list of numbers that is no link. */
const CODE_OR_CITATION = /```[\s\S]*?(?:```|$)|`[^`\n]*`|\[(\d+(?:\s*,\s*\d+)*)\](?!\()/g;

/** The ids of the passages that an answer cites; of an answer without citations, those of all its passages. */
export function citedPassages({ answer, sources }: Pick<Answer, 'answer' | 'sources'>): string[] {
  const lists = [...answer.matchAll(CODE_OR_CITATION)].flatMap(([, numbers]) => numbers?.split(',') ?? []);
  const cited = new Set(lists.map(Number));
  return sources
    .filter(({ number }) => cited.size === 0 || cited.has(number))
    .map(({ chunk_id }) => chunk_id);
}
