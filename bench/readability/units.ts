/** The least that an excerpt may consist of: a sentence, an item, a cell or row of a table, a line of code, a heading. */
export interface Unit {
  text: string;
  kind: 'prose' | 'code' | 'heading';
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
/** Ends no sentence: an initial, or an abbreviation of some European language. */
const abbreviation =
  /(?:^|[\s([])(?:\p{Lu}|[a-z]\.[a-z]|etc|cf|vs|approx|Dr|Mrs?|Ms|Prof|St|Figs?|Nos?|Vol|pp|ca|bzw|ggf)\.\s*$/u;

/** The words of a text, without case and punctuation. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}

/** The sentences of running text. */
export function* splitIntoSentences(text: string): Generator<Unit & { kind: 'prose' }> {
  let sentence = '';
  for (const { segment } of segmenter.segment(text.replace(/\s+/g, ' '))) {
    sentence += segment;
    if (abbreviation.test(sentence.slice(-16))) continue;
    yield { text: sentence.trim(), kind: 'prose' };
    sentence = '';
  }
  if (sentence.trim() !== '') yield { text: sentence.trim(), kind: 'prose' };
}

/** The lines of code. */
export function* splitIntoLines(code: string): Generator<Unit> {
  for (const line of code.split('\n')) yield { text: line, kind: 'code' };
}
