import type { Answer } from '../answer/answer.ts';

/** Code (fenced or inline), which is left alone, or a bracketed list of numbers that is no link. */
const CODE_OR_CITATION = /```[\s\S]*?(?:```|$)|`[^`\n]*`|\[(\d+(?:\s*,\s*\d+)*)\](?!\()/g;

/** A place in an answer that cites a passage: from `start` up to `end`, in UTF-16 units, with the brackets. */
export interface Citation {
  number: number;
  start: number;
  end: number;
}

/** The citations of a text, in their order. A list of numbers is one for each of them, at the same place. */
export function findCitations(text: string): Citation[] {
  return [...text.matchAll(CODE_OR_CITATION)].flatMap(({ 0: match, 1: numbers = '', index }) => {
    const place = { start: index + match.indexOf('['), end: index + match.length };
    return numbers === '' ? [] : numbers.split(',').map((number) => ({ number: Number(number), ...place }));
  });
}

/** The ids of the passages that an answer cites; of an answer without citations, those of all its passages. */
export function citedPassages({ answer, sources }: Pick<Answer, 'answer' | 'sources'>): string[] {
  const cited = new Set(findCitations(answer).map(({ number }) => number));
  return sources
    .filter(({ number }) => cited.size === 0 || cited.has(number))
    .map(({ chunk_id }) => chunk_id);
}
