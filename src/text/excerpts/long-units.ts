import { cutSpan, type Span } from '../sentences.ts';

/** Where a clause ends, in any script. Thai, Lao, Burmese and Khmer have a space there, and none between words. */
const CLAUSE_END =
  /(?:[[\p{Term}--\p{STerm}]–—―”»·](?=\s)|[.!?…]["'”’»\)]{0,3}(?=\s)|[、，；：。！？]["'”’」』]*|(?<=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])(?=\s))/gv;
const OPENING = '([{（［【';
const CLOSING = ')]}）］】';

/**
 * Cuts a span that is longer than `maxChars`: each piece ends at the last clause that fits, outside of brackets where there
 * is such an end, and between words where no clause ends. Takes linear time.
 */
export function cutAtClauses(text: string, span: Span, maxChars: number): Span[] {
  const ends = clauseEnds(text, span);
  const pieces: Span[] = [];
  let { start } = span;
  let next = 0;
  while (span.end - start > maxChars) {
    let best: number | undefined;
    for (let index = next; (ends[index]?.at ?? Infinity) <= start + maxChars; index++)
      if (best === undefined || (ends[index]?.depth ?? 0) <= (ends[best]?.depth ?? 0)) best = index;
    const end = best === undefined ? undefined : ends[best]?.at;
    if (best === undefined || end === undefined)
      return [...pieces, ...cutSpan(text, { start, end: span.end }, maxChars)];
    next = best + 1;
    pieces.push({ start, end });
    start = end + (/^\s*/.exec(text.slice(end, span.end))?.[0].length ?? 0);
  }
  return start < span.end ? [...pieces, { start, end: span.end }] : pieces;
}

/** The ends of the clauses in order, each with the number of brackets that are open there. */
function clauseEnds(text: string, { start, end }: Span): { at: number; depth: number }[] {
  const ends: { at: number; depth: number }[] = [];
  let depth = 0;
  let read = start;
  for (const { 0: mark, index } of text.slice(start, end).matchAll(CLAUSE_END)) {
    const at = start + index + mark.length;
    for (; read < at; read++) {
      const character = text[read] ?? '';
      if (OPENING.includes(character)) depth++;
      else if (CLOSING.includes(character)) depth = Math.max(0, depth - 1);
    }
    ends.push({ at, depth });
  }
  return ends;
}
