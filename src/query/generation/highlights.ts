import type { Excerpt } from '../../text/excerpts/quotes.ts';
import { readWords } from '../../text/words.ts';
import { functionWordsIn } from '../../text/language.ts';
import type { Source } from '../answer/answer.ts';
import { functionWordsOf, isFunctionWord } from '../semantic-cache/function-words.ts';

/** Finds the question's terms in an excerpt; function words only when the question has no other words. */
export type Highlighter = (excerpt: Excerpt) => Source['highlights'];

/** Creates a highlighter that reads the question once for all excerpts. */
export function highlighterOf(question: string): Highlighter {
  const asked = readFolded(question);
  const language = functionWordsOf(asked);
  const others = new Set(readFolded(functionWordsIn(question).join(' ')));
  const isTelling = (word: string) => !isFunctionWord(language, word) && !others.has(word);
  if (!asked.some(isTelling)) return ({ terms }) => terms;
  return ({ text, terms }) =>
    terms.filter(({ start, end }) => readFolded(text.slice(start, end)).some(isTelling));
}

function readFolded(text: string): string[] {
  return [...readWords(text)].map(({ folded }) => folded);
}
