import { foldWord } from './folding.ts';
import { circumstanceWords, isFrequent, numberWords, personWords, turningWords } from './question-words.ts';
import { readQuestion, UNIT } from './question-wording.ts';

interface Word {
  folded: string;
  /** In small letters alone. Any other word counts as a name: with a capital, a digit, or a sign, or of a script without case. */
  isSmall: boolean;
}

/** A digit or letter above or below the line, which means something else than on it. */
const RAISED = /[\p{No}\p{Lm}]/u;
/** What a preposition of the asking word looks like: to whom, por qué. */
const SHORT_WORD = /^\p{L}{1,5}$/u;

/**
 * Whether two questions that are alike ask for different things, as far as their words tell: in their numbers, names,
 * negations or asking words, or in the order of these.
 */
export function asksOtherwise(asked: string, earlier: string): boolean {
  const [a, b] = [readWords(asked), readWords(earlier)];
  const names = new Set([...a, ...b].filter(({ isSmall }) => !isSmall).map(({ folded }) => folded));
  const views: ((words: Word[]) => string[])[] = [
    (words) => words.map(({ folded }) => folded).filter(isNumber),
    (words) => words.map(({ folded }) => folded).filter((word) => names.has(word) && !isNumber(word)),
    (words) => words.map(({ folded }) => folded).filter((word) => turningWords.has(word)),
    readAsking,
  ];
  return views.some((view) => view(a).join(' ') !== view(b).join(' '));
}

function isNumber(folded: string): boolean {
  return /\p{N}/u.test(folded) || numberWords.has(folded);
}

/** The first word counts as a name as well unless it is frequent: in the languages that are not known it may ask. */
function readWords(question: string): Word[] {
  return readQuestion(question).map((word, index, all) => {
    // Folded, 10² would be 102.
    const folded = UNIT.test(word) ? word : RAISED.test(word) ? word.toLowerCase() : foldWord(word);
    const isPronoun = word === 'I' && !/^\p{Lu}\p{Ll}/u.test(all[index - 1] ?? '');
    const isSmall = index === 0 ? isFrequent(folded) : isPronoun || /^[\p{Ll}\p{M}]+$/u.test(word);
    return { folded, isSmall };
  });
}

/** The asking words, each with its preposition and with what it asks for: in which year, how many, who did. */
function readAsking(words: Word[]): string[] {
  return words.flatMap(({ folded }, index) => {
    const isPerson = personWords.has(folded);
    if (!isPerson && !circumstanceWords.has(folded)) return [];
    const before = words[index - 1]?.folded ?? '';
    const next = words[index + 1]?.folded ?? '';
    return [SHORT_WORD.test(before) ? before : '', folded, isPerson || !isFrequent(next) ? next : ''];
  });
}
