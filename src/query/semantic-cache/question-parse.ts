import { hash } from 'node:crypto';
import { readWords } from '../../text/words.ts';
import { countDisorder, languageOfQuestion } from './function-words.ts';
import { nameSigns, unifyMarks } from './symbols.ts';

/** A question taken apart: what it is about, and what it wants to know of it. */
export interface QuestionForm {
  /** All of its words in order but articles: content words in lower case, function words as `+` and their group. */
  words: string[];
  /** Its content words in order, numbers and signs among them. */
  content: string[];
  /** What it asks for: `who`, `when`, …; sorted, each once. */
  asks: string[];
  /**
   * Words whose meaning hangs on what stands behind them, each with the content word behind it, but for one that tells
   * little where words are in no order; sorted.
   */
  ends: string[];
  negations: number;
  /** How many articles it has, and the like: whoever leaves out small words leaves these out first. */
  fillers: number;
  /** How many of its words ask. */
  asking: number;
  /** Whether they are in an order that hardly any question has. */
  isJumbled: boolean;
  /** Whether its function words are known: not in every language. */
  isKnown: boolean;
}

/** Behind a number, where capitals tell a milliwatt from a megawatt. */
const UNIT = /^(?=.*\p{Lu})\p{L}{1,3}$/u;
const UNIT_WITH_NUMBER = /^\d.*\p{Lu}/u;
/** So many signs of it show that words are in no order: a question that is in order may have one, by its form or a mistake. */
const LEAST_DISORDER = 2;

/** Takes a question apart. Function words are known in English and Spanish; elsewhere every word counts as content. */
export function readForm(question: string): QuestionForm {
  const text = joinParts(question);
  const read = [...readWords(text)].map(({ start, end, folded }, index, all) => ({
    written: text.slice(start, end),
    folded,
    isParted: /\S/.test(text.slice(all[index - 1]?.end ?? start, start)),
  }));
  const known = languageOfQuestion(read.map(({ folded }) => folded));
  const isShouted = question === question.toUpperCase();
  const isName = nameTest(isShouted);
  const words: string[] = [];
  const content: string[] = [];
  const asks = new Set<string>();
  const ends: [direction: string, end: string][] = [];
  const order: string[] = [];
  let pending: string[] = [];
  let negations = 0;
  let fillers = 0;
  let asking = 0;
  let isBehindContent = false;
  for (const [index, { written, folded: word, isParted }] of read.entries()) {
    const ask = known.asks.get(word);
    const group = ask ?? known.tenses.get(word);
    const isNegation = known.negations.has(word);
    const counts = group !== undefined || isNegation || known.relations.has(word);
    // Charles I, and a type I error; but: how do I.
    const isNumeral: boolean = word === 'i' && isBehindContent;
    const isNamed = index > 0 && isName(written);
    const isFunction: boolean = !isNamed && !isNumeral && (counts || known.fillers.has(word));
    isBehindContent = !isFunction;
    order.push(...(isParted ? [''] : []), isFunction ? word : '');
    if (!isFunction) {
      const hasUnit =
        UNIT_WITH_NUMBER.test(written) || (UNIT.test(written) && isNumber(read[index - 1]?.written));
      const exact = hasUnit && !isShouted ? written : written.normalize('NFC').toLowerCase();
      words.push(exact);
      content.push(exact);
      ends.push(...pending.map((direction): (typeof ends)[number] => [direction, exact]));
      pending = [];
      continue;
    }
    if (counts) words.push(`+${group ?? word}`);
    else fillers++;
    if (ask !== undefined) {
      asks.add(ask);
      asking++;
    }
    if (isNegation) negations++;
    if (isNegation || known.directions.has(word)) pending.push(word);
  }
  // Two of them, as in “to his”, would tell who gives whom.
  const loose = new Set(
    ends.map(([direction]) => direction).filter((direction) => known.loose.has(direction)),
  );
  const firm = loose.size > 1 ? ends : ends.filter(([direction]) => !loose.has(direction));
  return {
    words,
    content,
    asks: sorted(asks),
    ends: sorted(firm.map((end) => end.join(' '))),
    negations,
    fillers,
    asking,
    isJumbled: countDisorder(known, order) >= LEAST_DISORDER,
    isKnown: known.asks.size > 0,
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

function sorted(words: Iterable<string>): string[] {
  return [...words].sort();
}

function isNumber(written = ''): boolean {
  return /^\d/.test(written);
}

/** Function words that are names when they begin with a capital. */
const names = new Set(['May', 'Will']);

/** Whether a function word is a name as it is written: May, US and IT, plan A; nothing is told by capitals alone. */
function nameTest(isShouted: boolean): (written: string) => boolean {
  if (isShouted) return () => false;
  return (written) => names.has(written) || (written !== 'I' && /^\p{Lu}{1,3}$/u.test(written));
}

/**
 * `don't` says not and `what's` what is, but `who's` may be who has; `Tesla's` is not Tesla, `1,000` is one number as is
 * `2.1.1`, and `por qué` and `a quién` are one word each.
 */
function joinParts(question: string): string {
  const numbers = unifyMarks(question)
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .replace(/(?<![\p{L}\p{N}.])\.(?=\d)/gu, '0.')
    .replace(/(?<=\d)[.,':](?=\d)/g, (sign) => `dot${sign === '.' ? '' : sign.codePointAt(0)}`)
    .replace(/(?<=\p{L})\+\+/gu, 'plusplus')
    .replace(/(?<=\p{L})#/gu, 'sharp');
  return nameSigns(numbers)
    .replace(/\b(ca|wo)n't\b/gi, (_, verb: string) => (verb.toLowerCase() === 'ca' ? 'can not' : 'will not'))
    .replace(/n't\b/gi, ' not')
    .replace(/(?<!\p{L})(what|where|when|how|why)'s(?!\p{L})/giu, '$1 is')
    .replace(/(?<!\p{L})who's(?= (?:the|an?|my|our|your|his|her|its|their)(?!\p{L}))/giu, 'who is')
    .replace(/(?<=\p{L})'(?=s(?!\p{L}))/giu, ' ')
    .replace(/\bpor qu[eé](?!\p{L})/giu, 'porque')
    .replace(/(?<!\p{L})a (qui[eé]n(?:es)?|qu[eé]|cu[aá]l(?:es)?|cu[aá]nt[oa]s?)(?!\p{L})/giu, 'a$1');
}
