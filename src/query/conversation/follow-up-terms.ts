import { foldWord } from '../../text/folding.ts';
import { characterBoundary } from '../../text/sentences.ts';
import { contentWords, standsAlone } from '../../text/standalone.ts';
import type { FollowUp } from './rewrite.ts';

/** Terms that are added to a question, at most. Raised, its own words count for less in the search. */
const MAX_TERMS = 12;
/** Characters of a question whose terms are read. Raised, a long text keeps the main thread for longer. */
const MAX_QUESTION_CHARS = 1_000;
/** A longer run of letters is no word that documents have, but a key or a link. */
const MAX_TERM_CHARS = 40;

/**
 * The question with the terms of what it follows: of the user's questions back to the last one that stands alone, and of the
 * titles of the passages that the last answer cites.
 */
export function addTerms({ asked, history }: FollowUp, titles: readonly string[]): string {
  const questions = history.filter(({ role }) => role === 'user').map(({ content }) => cut(content));
  const first = Math.max(0, questions.findLastIndex(standsAlone));
  const texts = [...questions.slice(first).toReversed(), ...titles];
  const known = new Set(contentWords(asked).map(foldWord));
  const added = texts.flatMap(contentWords).filter((word) => {
    const isNew = word.length <= MAX_TERM_CHARS && !known.has(foldWord(word));
    known.add(foldWord(word));
    return isNew;
  });
  return [asked, ...added.slice(0, MAX_TERMS)].join(' ');
}

function cut(text: string): string {
  return text.slice(0, characterBoundary(text, MAX_QUESTION_CHARS));
}
