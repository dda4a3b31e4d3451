import {
  adverbials,
  auxiliaries,
  cases,
  circumstances,
  conditions,
  copulas,
  essential,
  idle,
  isParticiple,
  isStranding,
  isTwofold,
  namers,
  omissible,
  particles,
  passives,
  prepositions,
  small,
  takesGenitive,
  isVerb,
} from './omissible-words.ts';
import type { QuestionForm } from './question-parse.ts';
import { isShuffle, isSameList, isRotation } from './word-order.ts';

/** A participle makes a passive with a verb so many content words before it: who was also sent, what was Anna Lee paid. */
const PASSIVE_SPAN = 3;
/** From so many content words on they say enough for prepositions to be left out. */
const TELLING = 4;

/**
 * Whether an answer to the `earlier` question also answers the one `asked`. They must have the same content words, in
 * their very spelling, and the same function words but for articles, in the same order. With all of these the order may
 * differ where no other question can be meant by it. In the same order, and with content enough, the one asked may leave
 * out what says little, or be the bare keywords.
 */
export function asksTheSame(asked: QuestionForm, earlier: QuestionForm): boolean {
  if (asked.content.length === 0) return false;
  if (isSameList(asked.words, earlier.words)) return true;
  if (isSameList(asked.words.toSorted(), earlier.words.toSorted())) return isSameReordered(asked, earlier);
  if (!isSameList(asked.content, earlier.content)) return false;
  const isTelling = asked.content.length >= TELLING;
  if (isSameList(asked.asks, earlier.asks))
    return leavesOut(asked, earlier, isTelling ? omissible : auxiliaries);
  if (!isTelling) return false;
  const isBare = asked.words.length === asked.content.length;
  const isTold = earlier.asks.length > 0 && earlier.negations === 0;
  const isNeeded = (word: string, index: number) =>
    isFunctionWordOf(essential, word) || isOfVerb(earlier.words, index);
  return isBare && isTold && !earlier.words.some(isNeeded);
}

function isSameReordered(asked: QuestionForm, earlier: QuestionForm): boolean {
  if (!asked.isKnown) return false;
  // What is said of one clause may come to another: who shot him, who killed her; on Monday, who killed the man that saw it.
  const [first = ''] = asked.words;
  const hasClauses = asked.asking > 1 || asked.words.includes('+that');
  const isOtherClause = hasClauses && isFunctionWordOf(new Set([...asked.asks, ...adverbials]), first);
  const isCondition = [asked, earlier].some(({ words }) => isFunctionWordOf(conditions, words[0] ?? ''));
  if (!isOtherClause && !isCondition && isRotation(asked.words, earlier.words)) return true;
  return (
    asked.isJumbled &&
    !earlier.isJumbled &&
    isSameList(asked.ends, earlier.ends) &&
    isShuffle(asked.words, earlier.words)
  );
}

/** Whether the words of the one `asked` are all of the `earlier` question in their order, but for such as may be left out. */
function leavesOut(asked: QuestionForm, earlier: QuestionForm, groups: ReadonlySet<string>): boolean {
  const isTerse = leavesAllOut(asked, earlier);
  let next = 0;
  for (const [index, word] of earlier.words.entries())
    if (word === asked.words[next]) next++;
    else if (!isFunctionWordOf(groups, word) || !isIdle(earlier, index, isTerse)) return false;
  return next === asked.words.length;
}

/** Whether the one asked is visibly without small words, not a sentence that lacks one: then a verb's own may be missing, too. */
function leavesAllOut(asked: QuestionForm, { words, fillers }: QuestionForm): boolean {
  if (asked.fillers > 0 || asked.words.some((word) => isFunctionWordOf(small, word))) return false;
  return fillers > 0 || words.some((word) => isFunctionWordOf(idle, word));
}

/**
 * Whether the question would be the same without that function word, as far as can be told: not of a passive, nor of a verb.
 * @param isTerse whether all of its small words are left out
 */
function isIdle({ words, asks }: QuestionForm, index: number, isTerse: boolean): boolean {
  const word = words[index] ?? '';
  const behind = words.slice(index + 1);
  if (isFunctionWordOf(cases, word)) return isTerse && !isOfVerb(words, index);
  if (isFunctionWordOf(prepositions, word))
    return !isStranding(behind[0]) && (isTerse || !mayBelongToVerb(word, words.slice(0, index)));
  if (!isFunctionWordOf(passives, word)) return true;
  const near = behind.filter((other) => !other.startsWith('+')).slice(0, PASSIVE_SPAN);
  return !near.some(isTwofold) || (asks.length > 0 && asks.every((ask) => circumstances.has(ask)));
}

/**
 * Whether a verb may stand before that preposition and mean something else without it: turn on, check in, approved of. None
 * does where the question begins, nor behind “what is” or “who was” and what may be no participle.
 */
function mayBelongToVerb(preposition: string, before: readonly string[]): boolean {
  if (before.length === 0) return false;
  if (!isFunctionWordOf(particles, preposition)) return takesGenitive(before.at(-1) ?? '');
  const phrase = before.slice(2);
  const isNamed = isFunctionWordOf(namers, before[0] ?? '') && isFunctionWordOf(copulas, before[1] ?? '');
  return !isNamed || phrase.length === 0 || phrase.some((word) => word.startsWith('+') || isParticiple(word));
}

/** Whether the Spanish word at that place tells of the verb beside it who does and who suffers: compró a Microsoft, se vendió. */
function isOfVerb(words: readonly string[], index: number): boolean {
  const word = words[index];
  if (word === '+se') return isVerb(words[index + 1] ?? '');
  return (word === '+a' || word === '+al') && isVerb(words[index - 1] ?? '');
}

/** Whether a form's word is a function word of which the group is among these. */
function isFunctionWordOf(groups: ReadonlySet<string>, word: string): boolean {
  return word.startsWith('+') && groups.has(word.slice(1));
}
