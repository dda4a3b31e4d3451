import { createRandom } from '../test/support/random.ts';

/** Common words that carry little meaning, as a searcher would leave them out. */
const STOP_WORDS = new Set(
  (
    'i me my we our you your he him his she her it its they them their what which who whom this that these those ' +
    'am is are was were be been being have has had having do does did doing a an the and but if or because as until ' +
    'while of at by for with about against between into through during before after above below to from up down in ' +
    'out on off over under again further then once here there when where why how all any both each few more most ' +
    'other some such no nor not only own same so than too very can will just should now ' +
    'el la los las de del que en y e o u a al un una unos unas se por con su sus para como es son fue lo le les'
  ).split(' '),
);

/** Articles, the commonest prepositions and auxiliaries alone. */
const SMALL_WORDS = new Set(
  'a an the of in on at is are was were do does did el la los las un una de del en al es son fue se'.split(
    ' ',
  ),
);

const random = createRandom(1);

/** Simple ways to ask a question again, none of which changes what it means. */
export const rewrites: Record<string, (question: string) => string> = {
  'lower case': (question) => question.toLowerCase(),
  'upper case': (question) => question.toUpperCase(),
  'punctuation deleted': (question) => question.replace(/[^\p{L}\p{N}\s]/gu, ''),
  'punctuation made spaces': (question) => question.replace(/[^\p{L}\p{N}\s]/gu, ' '),
  'small words left out': (question) => leaveOut(question, SMALL_WORDS),
  'all stop words left out': (question) => leaveOut(question, STOP_WORDS),
  'second half first': (question) => {
    const words = wordsOf(question);
    const half = Math.floor(words.length / 2);
    return [...words.slice(half), ...words.slice(0, half)].join(' ');
  },
  'words shuffled': (question) => shuffle(wordsOf(question)).join(' '),
  'a plural made or undone': (question) =>
    question.replace(/(?<=^.{8,})\p{Ll}{5,}(?=[ ?])/u, (word) =>
      word.endsWith('s') ? word.slice(0, -1) : `${word}s`,
    ),
};

function wordsOf(question: string): string[] {
  return question.replace(/[¿?]/g, '').trim().split(/\s+/);
}

function leaveOut(question: string, left: Set<string>): string {
  const kept = question.split(' ').filter((word) => !left.has(word.toLowerCase().replace(/[¿?]/g, '')));
  return kept.join(' ');
}

/** Fisher and Yates. */
function shuffle(words: string[]): string[] {
  for (let last = words.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [words[last], words[other]] = [words[other] ?? '', words[last] ?? ''];
  }
  return words;
}
