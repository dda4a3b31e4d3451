import { languageMarks } from './language-stopwords.ts';

/** A text search configuration of Postgres; `simple` takes words as they are. */
export type Language = keyof typeof languageMarks | 'simple';

/** Of a longer text so many pieces are looked at, spread evenly. */
const PIECES = 20;
const PIECE_CHARS = 400;
/** Running text of any language has more of its function words than this, and few of another one's. */
const MIN_SHARE = 0.12;
/** In shorter texts than this the lack of function words says nothing. */
const TELLING_WORDS = 30;

/** A text that has no other marks of a language than these is hardly in it: “a password is a secret” is no Hungarian. */
const alsoEnglish = new Set([...languageMarks.english.split(' '), 'a', 'an', 'no', 'die', 'men']);

const languagesByWord = new Map<string, Language[]>();
for (const [language, words] of Object.entries(languageMarks))
  for (const word of words.split(' '))
    languagesByWord.set(word, [...(languagesByWord.get(word) ?? []), language as Language]);

/** The frequent function words of the language that a text is in; none when it cannot be told. */
export function functionWordsIn(text: string): string[] {
  const language = detectLanguage(text);
  return language === undefined || language === 'simple' ? [] : languageMarks[language].split(' ');
}

/**
 * The language of a text by its function words; `simple` when it is in none of those known, undefined when the text is
 * too short to tell.
 */
export function detectLanguage(text: string): Language | undefined {
  const words =
    sample(text)
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  const hits = new Map<Language, number>();
  const marked = new Set<Language>(['english']);
  for (const word of words)
    for (const language of languagesByWord.get(word) ?? []) {
      hits.set(language, (hits.get(language) ?? 0) + 1);
      if (!alsoEnglish.has(word)) marked.add(language);
    }
  let best: Language | undefined;
  for (const language of Object.keys(languageMarks) as Language[])
    if (marked.has(language) && (hits.get(language) ?? 0) > (hits.get(best ?? 'simple') ?? 0))
      best = language;
  if (best && (hits.get(best) ?? 0) >= MIN_SHARE * words.length) return best;
  return words.length < TELLING_WORDS ? undefined : 'simple';
}

function sample(text: string): string {
  if (text.length <= PIECES * PIECE_CHARS) return text;
  const step = Math.floor(text.length / PIECES);
  return Array.from({ length: PIECES }, (_, piece) =>
    text.slice(piece * step, piece * step + PIECE_CHARS),
  ).join(' ');
}
