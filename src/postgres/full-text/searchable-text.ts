import { foldDigits } from '../../text/folding.ts';

/** Scripts that are written without spaces between words, and Hangul, in which particles stand at the words they belong to. */
const spaceless = String.raw`\p{scx=Hangul}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}`;
const word = String.raw`[\p{L}\p{M}\p{N}]`;
const runPattern = new RegExp(`(?<spaceless>[[${spaceless}]&&${word}]+)|[${word}--[${spaceless}]]+`, 'gv');

/** Soft hyphens and joiners, inside of words. */
const invisible = /\u00ad|\u200d|\u2060|\ufeff/g;
/** Arabic writes it at the article, where Postgres's stemmer no longer knows that for one. */
const arabicConjunction = /^[وف](?=ال\p{L}{2})/u;

/**
 * The words of a document, with a space between two: Unicode's compatible forms and cases don't tell words apart, nor do
 * the digits of different scripts. A run of a script without spaces comes as its characters and their overlapping pairs.
 */
export function toSearchableText(text: string): string {
  return readRuns(text, (characters) => [...characters, ...pairsOf(characters)]);
}

/** The words of a question in the same form; a run of a script without spaces comes as pairs, unless it is alone. */
export function toSearchWords(question: string): string {
  return readRuns(question, (characters) => (characters.length === 1 ? characters : pairsOf(characters)));
}

function readRuns(text: string, split: (characters: string[]) => string[]): string {
  const words: string[] = [];
  for (const { 0: run, groups } of normalize(text).matchAll(runPattern)) {
    if (groups?.['spaceless'] === undefined) words.push(run.replace(arabicConjunction, ''));
    else words.push(...split([...run]));
  }
  return words.join(' ');
}

/** A capital `İ` leaves a dot over the small letter behind, which Turkish doesn't write. */
function normalize(text: string): string {
  const plain = text.normalize('NFKC').replace(invisible, '').toLowerCase().replaceAll('i\u0307', 'i');
  return foldDigits(plain);
}

function pairsOf(characters: string[]): string[] {
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}
