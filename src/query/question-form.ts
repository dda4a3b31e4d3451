import { hash } from 'node:crypto';
import { readWords } from '../local/words.ts';
import { directions, essential, languageOfQuestion, omissible } from './function-words.ts';
import { isSameInOtherOrder, isSameList } from './word-order.ts';

/** A question taken apart: what it is about, and what it wants to know of it. */
export interface QuestionForm {
  /** Its content words in order, in lower case; numbers and signs among them. */
  content: string[];
  /** What it asks for: `who`, `when`, …; sorted, as are the others. */
  asks: string[];
  /** When, and whether it is done or suffered: `do`, `was`, …. */
  tenses: string[];
  /** Words such as `from`, `or` and `my`. */
  relations: string[];
  /** Words whose meaning hangs on what stands behind them, each with the content word behind it. */
  ends: string[];
  negations: number;
}

/** Takes a question apart. Function words are known in English and Spanish; elsewhere every word counts as content. */
export function readForm(question: string): QuestionForm {
  const text = joinParts(question);
  const read = [...readWords(text)].map(({ start, end, folded }) => ({
    written: text.slice(start, end),
    folded,
  }));
  const known = languageOfQuestion(read.map(({ folded }) => folded));
  const isName = nameTest(text);
  const content: string[] = [];
  const found = { asks: new Set<string>(), tenses: new Set<string>(), relations: new Set<string>() };
  const ends: string[] = [];
  let pending: string[] = [];
  let negations = 0;
  let isBehindContent = false;
  for (const [index, { written, folded: word }] of read.entries()) {
    const ask = known.asks.get(word);
    const tense = known.tenses.get(word);
    const isNegation = known.negations.has(word);
    // Charles I, and a type I error; but: how do I.
    const isNumeral: boolean = word === 'i' && isBehindContent;
    const isFunction: boolean =
      !(index > 0 && isName(written)) &&
      !isNumeral &&
      (ask !== undefined ||
        tense !== undefined ||
        isNegation ||
        known.relations.has(word) ||
        known.fillers.has(word));
    isBehindContent = !isFunction;
    if (!isFunction) {
      const exact = written.normalize('NFC').toLowerCase();
      content.push(exact);
      ends.push(...pending.map((direction) => `${direction} ${exact}`));
      pending = [];
      continue;
    }
    if (ask !== undefined) found.asks.add(ask);
    else if (tense !== undefined) found.tenses.add(tense);
    else if (known.relations.has(word)) found.relations.add(word);
    if (isNegation) negations++;
    if (isNegation || directions.has(word)) pending.push(word);
  }
  return {
    content,
    asks: sorted(found.asks),
    tenses: sorted(found.tenses),
    relations: sorted(found.relations),
    ends: sorted(ends),
    negations,
  };
}

/**
 * One key for all questions that `asksTheSame` may take for this one: those with the same content words and as many
 * negations. Undefined for a question without content.
 */
export function formKey({ content, negations }: QuestionForm): string | undefined {
  if (content.length === 0) return undefined;
  return hash('sha256', JSON.stringify([content.toSorted(), negations]), 'base64url');
}

/**
 * Whether an answer to the `earlier` question also answers the one `asked`. They must have the same content words, in
 * their very spelling, the same function words but for articles and the like, and want the same. With all of these the
 * order may differ, unless two stretches have changed places. In the same order the one asked may leave out what only
 * carries the tense, or be the bare keywords.
 */
export function asksTheSame(asked: QuestionForm, earlier: QuestionForm): boolean {
  if (asked.negations !== earlier.negations || asked.content.length === 0) return false;
  if (!isSameList(asked.content.toSorted(), earlier.content.toSorted())) return false;
  const inOrder = isSameList(asked.content, earlier.content);
  const hasSame = (part: 'asks' | 'relations' | 'tenses' | 'ends') => isSameList(asked[part], earlier[part]);
  if (hasSame('asks') && hasSame('relations') && hasSame('ends') && hasSame('tenses'))
    return isSameInOtherOrder(asked.content, earlier.content);
  if (!inOrder) return false;
  if (hasSame('asks'))
    return (['tenses', 'relations', 'ends'] as const).every((part) => leavesOut(asked[part], earlier[part]));
  const isBare = asked.asks.length + asked.tenses.length + asked.relations.length === 0;
  const isTold = earlier.asks.length > 0 && !earlier.relations.some((word) => essential.has(word));
  return isBare && isTold && asked.content.length > 1 && asked.negations === 0;
}

function sorted(words: Iterable<string>): string[] {
  return [...words].sort();
}

/** Whether `some` are those of `all` but for such as may be left out. */
function leavesOut(some: readonly string[], all: readonly string[]): boolean {
  return (
    some.every((word) => all.includes(word)) &&
    all.every((word) => some.includes(word) || omissible.has(word.split(' ', 1)[0] ?? ''))
  );
}

/** Function words that are names when they begin with a capital. */
const names = new Set(['May', 'Will']);

/** Whether a function word is a name as it is written: May, US and IT, plan A; nothing is told by capitals alone. */
function nameTest(text: string): (written: string) => boolean {
  if (text === text.toUpperCase()) return () => false;
  return (written) => names.has(written) || (written !== 'I' && /^\p{Lu}{1,3}$/u.test(written));
}

/**
 * `don't` says not, `Tesla's` is not Tesla, `1,000` is one number as is `2.1.1`, and `por qué` and `a quién` are one word each; `C++`, `C#`,
 * `−5`, `<`, `€` and what stands between two numbers are words of their own.
 */
function joinParts(question: string): string {
  return question
    .normalize('NFC')
    .replace(/\b(ca|wo)n['’]t\b/gi, (_, verb: string) =>
      verb.toLowerCase() === 'ca' ? 'can not' : 'will not',
    )
    .replace(/n['’]t\b/gi, ' not')
    .replace(/(?<=\p{L})['’](?=s(?!\p{L}))/giu, ' ')
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .replace(/(?<=\d)[.,'’:](?=\d)/g, (sign) => `dot${sign === '.' ? '' : sign.codePointAt(0)}`)
    .replace(/(?<=\p{L})\+\+/gu, 'plusplus')
    .replace(/(?<=\p{L})#/gu, 'sharp')
    .replace(/(?<=\d)\s*([-−–/*^+])\s*(?=\d)/gu, (_, sign: string) => nameSign(sign))
    .replace(/(?<![\p{L}\p{N}])[-−](?=\d)/gu, 'minus')
    .replace(/[<>=≤≥≠%‰§#*^]|\p{Sc}/gu, nameSign)
    .replace(/\bpor qu[eé](?!\p{L})/giu, 'porque')
    .replace(/(?<!\p{L})a (qui[eé]n(?:es)?|qu[eé]|cu[aá]l(?:es)?|cu[aá]nt[oa]s?)(?!\p{L})/giu, 'a$1');
}

function nameSign(sign: string): string {
  return ` sign${sign.codePointAt(0)} `;
}
