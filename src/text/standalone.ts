import { foldWord } from './folding.ts';
import { circumstanceWords, numberWords, personWords, roleTest, turningWords } from './question-words.ts';

/**
 * Content words from which on a question may stand alone, with an asking word and without. Raised, more questions are
 * rewritten that need not be.
 */
const ENOUGH = { asking: 2, other: 3 };
/** After so many content words, a pronoun most likely means one of them. Raised, more questions are rewritten that need not be. */
const NAMED_BEFORE = 2;
/** A longer text brings along what it is about. */
const MAX_CHARS = 500;
/** A shorter word says nothing, unless it is a name or of a script without spaces. */
const MIN_LETTERS = 3;

const RUN = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*/gu;
/** Scripts without spaces between words. */
const SPACELESS =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;
/** A shorter run is one word. */
const SHORT_RUN = 2;
const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });
/** Chinese and Japanese words that point back. */
const POINTS_BACK = /[它他她这那這]|これ|それ|あれ|この|その|そこ/u;
/** What about winter? */
const SUGGESTS = /^\P{L}*(?:what|how) about(?!\p{L})/iu;

const askingWords = personWords.union(circumstanceWords);

/**
 * Whether a question can be understood without the conversation before it, as far as its words tell: it says what it is about,
 * does not begin like the second half of something, and has no word that points back.
 */
export function standsAlone(question: string): boolean {
  if (question.length > MAX_CHARS) return true;
  const words = readWords(question);
  const { isPointer, isOpener } = roleTest(words.map(({ small }) => small));
  const content = contentWords(question).map((word) => word.toLowerCase());
  const isAsking = words.some(({ small }) => askingWords.has(foldWord(small)));
  if (content.length < (isAsking ? ENOUGH.asking : ENOUGH.other)) return false;
  if (SUGGESTS.test(question) || isOpener(words[0]?.small ?? '') || POINTS_BACK.test(question)) return false;
  const named = words.findIndex(({ small }) => small === content[NAMED_BEFORE - 1]);
  // With a capital, the German word for they is the polite form of you.
  return !words.slice(0, named).some(({ written, small }, at) => isPointer(at === 0 ? small : written));
}

/** The words of a text that say what it is about, as they are written, each once. */
export function contentWords(text: string): string[] {
  return readContent(text).content;
}

/**
 * The words of a text that say what it is about, as they are written, each once, and its numbers and names: what has a digit,
 * and what has a capital without being the first word.
 */
export function readContent(text: string): { content: string[]; names: string[] } {
  const words = readWords(text);
  const { isPointer, isEmpty } = roleTest(words.map(({ small }) => small));
  const names: string[] = [];
  const content = new Map<string, string>();
  for (const [at, { written, small }] of words.entries()) {
    const isNumber = /\p{N}/u.test(small);
    const isName = isNumber || (at > 0 && /^\p{Lu}/u.test(written) && !isEmpty(small));
    if (isName) names.push(written);
    const isLong = small.length >= (SPACELESS.test(small) ? 2 : MIN_LETTERS);
    if (content.has(small) || !(isName || isLong)) continue;
    const folded = foldWord(small);
    const says =
      !isEmpty(small) && !isPointer(small) && !turningWords.has(folded) && !numberWords.has(folded);
    if (isNumber || says) content.set(small, written);
  }
  return { content: [...content.values()], names };
}

/** The words of a text, without the English ending of the genitive. */
function readWords(text: string): { written: string; small: string }[] {
  const runs = text.normalize('NFC').match(RUN) ?? [];
  const words = runs.flatMap((run) => (SPACELESS.test(run) ? segment(run) : run.replace(/['’]s?$/u, '')));
  return words.map((written) => ({ written, small: written.toLowerCase() }));
}

function segment(run: string): string[] {
  if (run.length <= SHORT_RUN) return [run];
  return [...segmenter.segment(run)].map((part) => part.segment);
}
