import type { Answer } from '../answer/answer.ts';

/** Code (fenced or inline), which is left alone, or a bracketed list of numbers that is no link. */
const CODE_OR_CITATION = /```[\s\S]*?(?:```|$)|`[^`\n]*`|\[(\d+(?:\s*,\s*\d+)*)\](?!\()/g;

/** A place in an answer that cites a passage: from `start` up to `end`, in UTF-16 units, with the brackets. */
export interface Citation {
  number: number;
  start: number;
  end: number;
}

/**
 * The citations of a text, in their order, found as they are asked for. A list of numbers is one for each of them, at the
 * same place.
 */
export function* findCitations(text: string): Generator<Citation> {
  for (const { 0: match, 1: numbers, index } of text.matchAll(CODE_OR_CITATION)) {
    if (numbers === undefined) continue;
    const place = { start: index + match.indexOf('['), end: index + match.length };
    for (const number of numbers.split(',')) yield { number: Number(number), ...place };
  }
}

/** The ids of the passages that an answer cites; of an answer without citations, those of all its passages. */
export function citedPassages({ answer, sources }: Pick<Answer, 'answer' | 'sources'>): string[] {
  const cited = new Set<number>();
  for (const { number } of findCitations(answer)) cited.add(number);
  return sources
    .filter(({ number }) => cited.size === 0 || cited.has(number))
    .map(({ chunk_id }) => chunk_id);
}
