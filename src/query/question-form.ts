import { hash } from 'node:crypto';
import { readWords } from '../local/words.ts';
import { functionWordsOf } from './function-words.ts';

/** A question taken apart: what it is about, and what it wants to know of it. */
export interface QuestionForm {
  /** Its content words in order, folded. */
  content: string[];
  /** What it asks for: `who`, `when`, …; sorted. */
  asks: string[];
  /** When: `present`, `past`, …; sorted. */
  tenses: string[];
  /** Words such as `from` and `before`; sorted. */
  relations: string[];
  negations: number;
}

/** Takes a question apart. Function words are known in English and Spanish; elsewhere every word counts as content. */
export function readForm(question: string): QuestionForm {
  const folded = [...readWords(joinParts(question))].map((word) => word.folded);
  const known = functionWordsOf(folded);
  const content: string[] = [];
  const found = { asks: new Set<string>(), tenses: new Set<string>(), relations: new Set<string>() };
  let negations = 0;
  for (const word of folded) {
    const ask = known.asks.get(word);
    const tense = known.tenses.get(word);
    if (ask !== undefined) found.asks.add(ask);
    else if (tense !== undefined) found.tenses.add(tense);
    else if (known.relations.has(word)) found.relations.add(word);
    else if (known.negations.has(word)) negations++;
    else if (!known.fillers.has(word)) content.push(word);
  }
  const { asks, tenses, relations } = found;
  return {
    content,
    asks: [...asks].sort(),
    tenses: [...tenses].sort(),
    relations: [...relations].sort(),
    negations,
  };
}

/** One key for all questions with the same content words and negations; undefined for one without content. */
export function formKey({ content, negations }: QuestionForm): string | undefined {
  if (content.length === 0) return undefined;
  return hash('sha256', JSON.stringify([[...new Set(content)].sort(), negations]), 'base64url');
}

/** Questions of so many content words are the same without their `for` and `by`; in shorter ones those may be the point. */
const TELLING_WORDS = 4;

/**
 * Whether an answer to the `earlier` question also answers the one `asked`. They must have the same content words, but
 * for endings, the same numbers and negations, and want the same. Bare keywords may leave out what they want, but must
 * stand in the earlier question's order; in any other, two words that have changed places make another question: who
 * beat whom.
 */
export function asksTheSame(asked: QuestionForm, earlier: QuestionForm): boolean {
  if (asked.negations !== earlier.negations || asked.content.length === 0) return false;
  const aligned = earlier.content.map((word) => findWord(word, asked.content));
  if (aligned.includes(undefined) || !asked.content.every((word) => aligned.includes(word))) return false;
  const count = new Set(asked.content).size;
  const isBare = count > 1 && asked.asks.length + asked.tenses.length === 0 && earlier.asks.length > 0;
  if (isBare ? !isSame(asked.content, aligned) : !isSame(asked.asks, earlier.asks)) return false;
  if (asked.tenses.length > 0 && !isSame(asked.tenses, earlier.tenses)) return false;
  const isShortened = asked.relations.every((word) => earlier.relations.includes(word));
  if (!isSame(asked.relations, earlier.relations) && !(isShortened && (isBare || count >= TELLING_WORDS)))
    return false;
  return !isSwapped(asked.content, aligned);
}

/** `don't` says not, `Tesla's` is about Tesla, `1,000` is one number, and `por qué` is one word. */
function joinParts(question: string): string {
  return question
    .normalize('NFC')
    .replace(/\b(ca|wo)n['’]t\b/gi, (_, verb: string) =>
      verb.toLowerCase() === 'ca' ? 'can not' : 'will not',
    )
    .replace(/n['’]t\b/gi, ' not')
    .replace(/(?<=\p{L})['’]s?(?!\p{L})/gu, '')
    .replace(/(?<=\d)[.,'’](?=\d{3}(?!\d))/g, '')
    .replace(/\bpor qu[eé](?!\p{L})/giu, 'porque');
}

/** The word among `words`, or else a form of it. */
function findWord(word: string, words: readonly string[]): string | undefined {
  return words.includes(word) ? word : words.find((other) => isSameWord(word, other));
}

const SHARED_LETTERS = 5;
const ENDING_LETTERS = 3;

const SHORTEST_PLURAL = 5;

function isPlural(word: string, singular: string): boolean {
  return word.length >= SHORTEST_PLURAL && word === `${singular}s`;
}

/** Forms of one word share a long beginning and differ in short endings; with a digit in them, words are exact. */
function isSameWord(a: string, b: string): boolean {
  if (/\p{N}/u.test(a + b)) return false;
  if (isPlural(a, b) || isPlural(b, a)) return true;
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  return shared >= SHARED_LETTERS && Math.max(a.length, b.length) - shared <= ENDING_LETTERS;
}

function isSame(a: readonly string[], b: readonly (string | undefined)[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

/** Whether exactly two words stand in each other's place. */
function isSwapped(a: readonly string[], b: readonly (string | undefined)[]): boolean {
  if (a.length !== b.length) return false;
  const moved = a.flatMap((word, index) => (word === b[index] ? [] : [index]));
  const [first = 0, second = 0] = moved;
  return moved.length === 2 && a[first] === b[second] && a[second] === b[first];
}
