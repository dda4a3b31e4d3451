import type { Source } from '../answer/answer.ts';
import type { NumberedPassage } from '../retrieval/context.ts';
import { selectExcerpts } from '../../text/excerpts/excerpts.ts';
import type { Excerpt } from '../../text/excerpts/quotes.ts';
import { highlighterOf, type Highlighter } from './highlights.ts';

/** The sources of a response, each with the excerpt that fits the question best. */
export function toSources(question: string, context: NumberedPassage[], excerptMaxChars: number): Source[] {
  const highlight = highlighterOf(question);
  return context.map((passage) => {
    const [excerpt] = selectExcerpts(question, [passage], { count: 1, maxChars: excerptMaxChars });
    return toSource(passage, excerpt, highlight);
  });
}

/** One source of a response, with its excerpt. */
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
