import type { SourceText } from './source-text.ts';
import { splitIntoSentences, wordsOf } from './units.ts';

/** What is right about one excerpt of an answer. An excerpt of which all is true is clean. */
export interface ExcerptVerdict {
  /** Begins where a unit does, or with “…”. */
  begins: boolean;
  /** Ends where a unit does, or with “…”. */
  ends: boolean;
  /** Has no rest of Markdown, HTML or site markup. */
  markdownWhole: boolean;
  /** Repeats no sentence, neither of itself nor of an excerpt before. */
  notTwice: boolean;
  /** Shows each line of code as a line; null without at least two of them. */
  codeInLines: boolean | null;
  /** Is more than a heading or an announcement. */
  saysSomething: boolean;
}

/** An excerpt and what it is quoted from. */
export interface Quotation {
  excerpt: string;
  /** The excerpt as it stands in the answer. */
  shown: string;
  source: SourceText;
}

/** As many words tell one place of a text from others. */
const TELLING_WORDS = 5;
const CODE_WORDS = 4;
/** A shorter sentence may well occur twice. */
const SENTENCE_WORDS = 4;

const listMarker = /^\s*(?:[-*+•]|\d{1,9}[.)])\s+/gm;
const fence = /^\s*(?:`{3,}|~{3,}).*$/gm;
const startsCut = /^["'“(]?(?:…|\.\.\.)/;
const endsCut = /(?:…|\.\.\.)["'”)]?$/;
/** What is left of markup wherever it stands, also in code. */
const brokenAnywhere = [
  /\]\(/,
  /\|\s*:?-{2,}/,
  /&(?:#\d+|#x[\da-f]+|amp|lt|gt|quot|nbsp|[lr][sd]quo|[mn]dash|hellip);/i,
];
/** What is markup in prose, and may be anything in code. */
const brokenInProse = [
  /^> /m,
  /<\/?(?:a|b|br|code|dd|details|div|dl|dt|em|h[1-6]|hr|i|img|li|ol|p|pre|span|strong|su[bp]|summary|t[dhr]|table|tbody|thead|ul)\b[^<>]*>/i,
  /\*\*(?=\S)|(?<=\S)\*\*|(?<![\w`])__(?=\w)/,
  /\{#[\w-]+\}|\{:\s*\.|\{%|%\}|\{\{[<%]|^:::/m,
];
const smileyOrCount = /(?:^|\s)[\da-z]\)|[:;]-?[()]/g;

/** Judges the excerpts of one answer, in their order. */
export function judgeExcerpts(quotations: readonly Quotation[]): ExcerptVerdict[] {
  const before: string[] = [];
  return quotations.map((quotation) => {
    const excerpt = quotation.excerpt.replace(fence, '').trim();
    const verdict = { ...judge({ ...quotation, excerpt }), notTwice: !repeats(excerpt, before) };
    before.push(padded(excerpt));
    return verdict;
  });
}

/** Whether nothing is wrong with an excerpt. */
export function isClean({ codeInLines, ...others }: ExcerptVerdict): boolean {
  return codeInLines !== false && Object.values(others).every(Boolean);
}

function judge({ excerpt, shown, source }: Quotation): Omit<ExcerptVerdict, 'notTwice'> {
  // With and without the markers of items: the words of a source have none.
  const readings = [excerpt, excerpt.replace(listMarker, '')].map(wordsOf);
  const words = readings[0] ?? [];
  const lines = linesOfCode(words, source);
  return {
    begins:
      startsCut.test(excerpt) || readings.some((read) => source.beginsWith(read.slice(0, TELLING_WORDS))),
    ends: endsCut.test(excerpt) || readings.some((read) => source.endsWith(read.slice(-TELLING_WORDS))),
    markdownWhole: isWhole(excerpt, lines > 0),
    codeInLines: lines < 2 ? null : countLines(shown) >= lines,
    saysSomething: words.length > 0 && !isLabel(excerpt) && !readings.some((read) => source.isHeading(read)),
  };
}

/** Whether an excerpt only announces what is not in it. */
function isLabel(excerpt: string): boolean {
  return excerpt.endsWith(':') && [...splitIntoSentences(excerpt)].length === 1;
}

/** The lines of code that an excerpt has words of. */
function linesOfCode(words: readonly string[], source: SourceText): number {
  const size = source.contains(words) ? words.length : Math.min(CODE_WORDS, words.length);
  const lines = new Set<number>();
  for (let start = 0; start + size <= words.length; start++)
    for (const line of source.codeAt(words.slice(start, start + size))) lines.add(line);
  return lines.size;
}

function countLines(text: string): number {
  return text
    .replace(fence, '')
    .split('\n')
    .filter((line) => wordsOf(line).length > 0).length;
}

function isWhole(excerpt: string, isCode: boolean): boolean {
  if (brokenAnywhere.some((pattern) => pattern.test(excerpt))) return false;
  if ((excerpt.split('`').length - 1) % 2 === 1) return false;
  if (isCode) return true;
  if (brokenInProse.some((pattern) => pattern.test(excerpt))) return false;
  return isBalanced(excerpt, '[', ']') && isBalanced(excerpt.replace(smileyOrCount, ''), '(', ')');
}

function isBalanced(text: string, opening: string, closing: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === opening) depth++;
    if (character === closing && --depth < 0) return false;
  }
  return depth === 0;
}

function repeats(excerpt: string, before: readonly string[]): boolean {
  const own = padded(excerpt);
  return excerpt
    .split('\n')
    .flatMap((line) => [...splitIntoSentences(line)])
    .filter(({ text }) => wordsOf(text).length >= SENTENCE_WORDS)
    .map(({ text }) => padded(text))
    .some(
      (sentence) =>
        own.indexOf(sentence) !== own.lastIndexOf(sentence) ||
        before.some((other) => other.includes(sentence)),
    );
}

/** The words with a space around each, so that no word is found within another. */
function padded(text: string): string {
  return ` ${wordsOf(text).join(' ')} `;
}
