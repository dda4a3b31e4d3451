import type { Excerpt } from '../../text/excerpts/quotes.ts';
import { readWords } from '../../text/words.ts';
import { detectLanguage, functionWordsIn } from '../../text/language.ts';
import type { Source } from '../answer/answer.ts';

/** English function words beside those that mark the language. In another language some are content words. */
const ENGLISH =
  'a i me my we our you your he him his she her its they them these those whom whose why been being had has could should ' +
  'would will shall may might must about into than after before between over under up out off no does';

/** Finds the question's terms in an excerpt; function words only when the question has no other words. */
export type Highlighter = (excerpt: Excerpt) => Source['highlights'];

/** Creates a highlighter that reads the question once for all excerpts. */
export function highlighterOf(question: string): Highlighter {
  const asked = readFolded(question);
  const isEnglish = ['english', undefined].includes(detectLanguage(question));
  const others = new Set(readFolded(`${isEnglish ? ENGLISH : ''} ${functionWordsIn(question).join(' ')}`));
  const isTelling = (word: string) => !others.has(word);
  if (!asked.some(isTelling)) return ({ terms }) => terms;
  return ({ text, terms }) =>
    terms.filter(({ start, end }) => readFolded(text.slice(start, end)).some(isTelling));
}

function readFolded(text: string): string[] {
  return [...readWords(text)].map(({ folded }) => folded);
}
