import { foldWord, isAscii } from './folding.ts';

/** A word of a text, folded so that spellings of one word meet. */
export interface Word {
  start: number;
  end: number;
  folded: string;
}

const wordPattern = /[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|\u00ad|\u200d|\u2060)*/gu;
const spacelessRun = /[\p{scx=Hangul}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]/u;
/** Scripts without spaces whose characters say too little by twos: many of their words are long. */
const dictionaryRun = /[\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;
const dictionary = new Intl.Segmenter('th', { granularity: 'word' });

/** The words of a text in small letters, runs of letters and digits; a script without spaces stays in runs. */
export function splitWords(text: string): string[] {
  const small = text.toLowerCase();
  return small.match(isAscii(small) ? /[a-z0-9]+/g : /[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/**
 * The words of a text in order: letters and digits, folded. A run of a script that writes without spaces, or of Hangul, comes
 * as its overlapping pairs of characters, so that parts of it can be found again; Thai and its neighbours as words.
 */
export function* readWords(text: string): Generator<Word> {
  if (isAscii(text)) {
    for (const { 0: word, index } of text.matchAll(/[A-Za-z0-9]+/g))
      yield { start: index, end: index + word.length, folded: word.toLowerCase() };
    return;
  }
  for (const { 0: word, index } of text.matchAll(wordPattern)) {
    if (isAscii(word)) yield { start: index, end: index + word.length, folded: word.toLowerCase() };
    else if (dictionaryRun.test(word)) yield* readByDictionary(word, index);
    else if (word.length > 2 && spacelessRun.test(word)) yield* readPairs(word, index);
    else yield { start: index, end: index + word.length, folded: foldWord(word) };
  }
}

function* readByDictionary(run: string, start: number): Generator<Word> {
  for (const { segment, index } of dictionary.segment(run))
    yield { start: start + index, end: start + index + segment.length, folded: foldWord(segment) };
}

function* readPairs(run: string, start: number): Generator<Word> {
  let previous = '';
  let at = start;
  for (const character of run) {
    const pair = previous + character;
    if (previous) yield { start: at - previous.length, end: at + character.length, folded: foldWord(pair) };
    previous = character;
    at += character.length;
  }
}

/** Letters from which on a word has its full weight. */
const fullWeightLength = 6;

/**
 * How much a word is likely to say, 0 to 1, by its length alone: the short words of any language are its function
 * words. A pair of characters of a script without spaces says as much as a long word.
 */
export function weighByLength(folded: string): number {
  if (folded.length <= 2 && spacelessRun.test(folded)) return 1;
  return Math.min(1, folded.length / fullWeightLength);
}
