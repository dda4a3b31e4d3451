import type { Answer } from '../answer/answer.ts';

/**
 * Code (fenced or inline), which is left alone, or a bracketed list of numbers that is no link. The search for a list
 * begins only where spaces begin: from every one of them it would take time with the square of their number.
 */
const CODE_OR_CITATION = /```[\s\S]*?(?:```|$)|`[^`\n]*`|(?<![ \t])[ \t]*\[(\d+(?:\s*,\s*\d+)*)\](?!\()/g;

/** Removes citations of passages that do not exist. In a list, valid numbers stay. A text that consists only of citations stays. */
export function removeUnknownCitations(text: string, passageCount: number): string {
  const cleaned = text.replace(CODE_OR_CITATION, (match, numbers: string | undefined) => {
    if (numbers === undefined) return match;
    const known = numbers
      .split(',')
      .map((number) => number.trim())
      .filter((number) => Number(number) >= 1 && Number(number) <= passageCount);
    if (known.length === 0) return '';
    const space = match.slice(0, match.indexOf('['));
    return `${space}[${known.join(', ')}]`;
  });
  return cleaned.trim() === '' ? text : cleaned;
}

/** The ids of the passages that an answer cites; of an answer without citations, those of all its passages. */
export function citedPassages({ answer, sources }: Pick<Answer, 'answer' | 'sources'>): string[] {
  const lists = [...answer.matchAll(CODE_OR_CITATION)].flatMap(([, numbers]) => numbers?.split(',') ?? []);
  const cited = new Set(lists.map(Number));
  return sources
    .filter(({ number }) => cited.size === 0 || cited.has(number))
    .map(({ chunk_id }) => chunk_id);
}
