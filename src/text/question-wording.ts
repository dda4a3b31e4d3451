import { detectLanguage } from './language.ts';
import { articleTest } from './question-words.ts';

/** Compatibility forms are unified, but for those that tell numbers apart: 10² is not 102. */
const UNIFIED = /[^\p{No}\p{Lm}⁺-⁾₊-₎]+/gu;
const QUOTED = /(?<![\p{L}\p{M}\p{N}])(["'])(?=\S)((?:(?!\1)[^])+)(?<=\S)\1(?![\p{L}\p{M}\p{N}])/gu;
const GROUPED = /(?<![\d.,'])[1-9]\d{0,2}(?:([,'])\d{3})(?:\1\d{3})*(?![\d,'])/g;
/** In most languages a fraction. */
const COMMA_BEFORE_THREE = /^\d+,\d{3}$/;
const LETTERS = /^([\p{L}\p{M}]{2,})["',;:.!…،؛。、।]*$/u;
const PLEASE =
  /(?<!\S)(?:please|por favor|s il (?:vous|te) plaît|bitte|per favore|alstublieft|alsjeblieft)(?!\S)/gu;
const FEW = /^(?:few|little)$/i;
/** Units that mean another one in capitals: 5 mW is not 5 MW. */
export const UNIT = /^[\d.]*(?:m(?:w|wh|v|a|b|g|j|n|hz|pa)|[kgt]b)$/i;

/**
 * The words of a question with their capitals, without the marks of a sentence: quotes, and what ends a word or joins two.
 * Any other mark is part of a word or a word by itself: C++, −5, 6", 5!, a:b, .net.
 */
export function readQuestion(question: string): string[] {
  const words = question
    .replace(UNIFIED, (part) => part.normalize('NFKC'))
    .replace(/[\p{Pd}⁃˗−]/gu, '-')
    .replace(/[‘’‚‛′]/gu, "'")
    .replace(/[“”„‟]|''/gu, '"')
    .replace(/[¿¡«»‹›]/gu, ' ')
    .replace(QUOTED, ' $2 ')
    .replace(GROUPED, (number) =>
      COMMA_BEFORE_THREE.test(number) && detectLanguage(question) !== 'english'
        ? number
        : number.replace(/[,']/g, ''),
    )
    .replace(/n't(?!\p{L})/giu, ' not')
    .replace(/(?<=\p{L})'(?=\p{L})|(?<=\p{L}{2})-+(?=\p{L}{2})/gu, ' ')
    .trim()
    // Only the last question mark ends the question: `a?` before it may be asked about.
    .replace(/(?<!\s)\s*[?؟]!*$|\.$/u, '')
    .split(/\s+/);
  return words.map((word) => LETTERS.exec(word)?.[1] ?? word.replace(/[,;]$/, '')).filter(Boolean);
}

/** One text for all questions with the same words in the same order, without what never tells them apart; empty without words. */
export function readWording(question: string): string {
  const words = readQuestion(question);
  const isShouted = !/\p{Ll}/u.test(question);
  const isArticle = articleTest(words.map((word) => word.toLowerCase()));
  const counts = (word: string, index: number) => {
    // A capital in the middle is a name, as in plan A, and no article is the last word. A few are more than few.
    const isName = index > 0 && !isShouted && word === 'A';
    if (FEW.test(words[index + 1] ?? '')) return true;
    return isName || index === words.length - 1 || !isArticle(word.toLowerCase());
  };
  const fold = (word: string) => (isShouted || !UNIT.test(word) ? word.toLowerCase() : word);
  return words.filter(counts).map(fold).join(' ').replace(PLEASE, ' ').replace(/ +/g, ' ').trim();
}
