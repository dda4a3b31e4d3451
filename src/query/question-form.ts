import { hash } from 'node:crypto';
import { readWords } from '../local/words.ts';
import { directions, functionWordsOf, particles } from './function-words.ts';
import { isSameWord, stemOf } from './word-forms.ts';

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
  /** Words that tell a direction, each with the content word behind it. */
  ends: [relation: string, word: string][];
  negations: number;
}

/** Takes a question apart. Function words are known in English and Spanish; elsewhere every word counts as content. */
export function readForm(question: string): QuestionForm {
  const text = joinParts(question);
  const read = [...readWords(text)];
  const known = functionWordsOf(read.map(({ folded }) => folded));
  const isShouted = text === text.toUpperCase();
  const content: string[] = [];
  const found = { asks: new Set<string>(), tenses: new Set<string>(), relations: new Set<string>() };
  const ends: QuestionForm['ends'] = [];
  let direction: string | undefined;
  let negations = 0;
  for (const [index, { start, end, folded: word }] of read.entries()) {
    const isName = !isShouted && index > 0 && abbreviations.has(text.slice(start, end));
    const ask = known.asks.get(word);
    const tense = known.tenses.get(word);
    const isContent =
      isName ||
      (ask === undefined &&
        tense === undefined &&
        ![known.relations, known.negations, known.fillers].some((words) => words.has(word)));
    if (isContent) {
      content.push(word);
      if (direction !== undefined) ends.push([direction, word]);
      direction = undefined;
    } else if (ask !== undefined) found.asks.add(ask);
    else if (tense !== undefined) found.tenses.add(tense);
    else if (known.negations.has(word)) negations++;
    else if (known.relations.has(word)) {
      found.relations.add(word);
      if (directions.has(word)) direction = word;
    }
  }
  const { asks, tenses, relations } = found;
  return {
    content,
    asks: [...asks].sort(),
    tenses: [...tenses].sort(),
    relations: [...relations].sort(),
    ends,
    negations,
  };
}

/**
 * One key for all questions that `asksTheSame` may take for this one: those whose content words have the same stems, and
 * as many negations. Undefined for a question without content.
 */
export function formKey({ content, negations }: QuestionForm): string | undefined {
  if (content.length === 0) return undefined;
  const stems = [...new Set(content.map(stemOf))].sort();
  return hash('sha256', JSON.stringify([stems, negations]), 'base64url');
}

/** Questions of so many content words are the same without their `for` and `by`; in shorter ones those may be the point. */
const TELLING_WORDS = 4;

/**
 * Whether an answer to the `earlier` question also answers the one `asked`. They must have the same content words, but
 * for plurals and forms of verbs, the same numbers, negations, particles and directions, and want the same. Bare keywords may leave out what they want, but must
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
  if (!hasSameParticles(asked, earlier) || !hasSameEnds(asked, earlier)) return false;
  const isShortened = asked.relations.every((word) => earlier.relations.includes(word));
  if (!isSame(asked.relations, earlier.relations) && !(isShortened && (isBare || count >= TELLING_WORDS)))
    return false;
  return !isSwapped(asked.content, aligned);
}

/** Small words that are names when they are capital: US and IT, plan A, the states IN and OR. */
const abbreviations = new Set(['A', 'AT', 'BE', 'HE', 'IN', 'IT', 'ME', 'OR', 'US']);

/**
 * `don't` says not, `Tesla's` is about Tesla, `1,000` is one number, and `por qué` is one word; `C++`, `C#`, `−5` and `<`
 * are words of their own.
 */
function joinParts(question: string): string {
  return question
    .normalize('NFC')
    .replace(/\b(ca|wo)n['’]t\b/gi, (_, verb: string) =>
      verb.toLowerCase() === 'ca' ? 'can not' : 'will not',
    )
    .replace(/n['’]t\b/gi, ' not')
    .replace(/(?<=\p{L})['’]s?(?!\p{L})/gu, '')
    .replace(/(?<=\d)[.,'’](?=\d{3}(?!\d))/g, '')
    .replace(/(?<=\p{L})\+\+/gu, 'plusplus')
    .replace(/(?<=\p{L})#/gu, 'sharp')
    .replace(/(?<![\p{L}\p{N}])[-−](?=\d)/gu, 'minus')
    .replace(/[<>=≤≥≠]/g, (sign) => ` sign${sign.codePointAt(0)} `)
    .replace(/\bpor qu[eé](?!\p{L})/giu, 'porque');
}

/** The word among `words`, or else a form of it. */
function findWord(word: string, words: readonly string[]): string | undefined {
  return words.includes(word) ? word : words.find((other) => isSameWord(word, other));
}

function isSame(a: readonly string[], b: readonly (string | undefined)[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

/** Whether two words stand in each other's place, perhaps after the beginning was moved to the end. */
function isSwapped(a: readonly string[], b: readonly (string | undefined)[]): boolean {
  if (a.length !== b.length) return false;
  // The two halves of two words are the words themselves.
  const turns = a.length > 2 ? a.map((_, turn) => [...a.slice(turn), ...a.slice(0, turn)]) : [a];
  if (turns.some((turned) => isSame(turned, b))) return false;
  return turns.some((turned) => {
    const moved = turned.flatMap((word, index) => (word === b[index] ? [] : [index]));
    const [first = 0, second = 0] = moved;
    return moved.length === 2 && turned[first] === b[second] && turned[second] === b[first];
  });
}

/** Whether what stands behind a word such as `from` is the same in both, where both have it. */
function hasSameEnds(asked: QuestionForm, earlier: QuestionForm): boolean {
  return asked.ends.every(([relation, word]) => {
    const others = earlier.ends.filter(([other]) => other === relation);
    return others.length === 0 || others.some(([, other]) => isSameWord(word, other));
  });
}

function hasSameParticles(asked: QuestionForm, earlier: QuestionForm): boolean {
  const of = ({ relations }: QuestionForm) => relations.filter((word) => particles.has(word));
  return isSame(of(asked), of(earlier));
}
