/** A stretch of a text: from `start` up to, not including, `end`, in UTF-16 units. */
export interface Span {
  start: number;
  end: number;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Without one of these before its end a text is one sentence. */
const sentenceEnd = /[\p{STerm}\u2024\n\r\u0085\u2028\u2029](?!$)/u;

/** Titles, references and initials: the full stop belongs to the word, and the sentence goes on. */
const abbreviation =
  /(?:^|[\s([])(?:\p{Lu}|e\.g|i\.e|etc|cf|vs|al|approx|Dr|Mr|Mrs|Ms|Prof|Sr|Sra|St|Jr|Fig|Figs|No|Nos|Eq|Vol|pp|p\.ej|z\.B|ca|bzw|ggf|u\.a|d\.h|núm)\.\s*$/u;

/**
 * Splits a text into sentences without the white space around them; a line break ends one too. A full stop ends none where
 * the next letter follows without a space, as in names of code. Takes linear time.
 */
export function splitSentences(text: string): Span[] {
  const sentences: Span[] = [];
  if (!sentenceEnd.test(text)) {
    pushTrimmed(sentences, text, { start: 0, end: text.length });
    return sentences;
  }
  let open: Span | undefined;
  for (const { index, segment } of segmenter.segment(text)) {
    const end = index + segment.length;
    if (open) open.end = end;
    else open = { start: index, end };
    if (!segment.endsWith('\n') && abbreviation.test(segment.slice(-12))) continue;
    if (segment.endsWith('.') && end < text.length && !spaceless.test(text[end] ?? '')) continue;
    pushTrimmed(sentences, text, open);
    open = undefined;
  }
  if (open) pushTrimmed(sentences, text, open);
  return sentences;
}

function pushTrimmed(spans: Span[], text: string, { start, end }: Span): void {
  const raw = text.slice(start, end);
  const from = start + raw.length - raw.trimStart().length;
  if (from < end) spans.push({ start: from, end: start + raw.trimEnd().length });
}

/**
 * Cuts a span into pieces of at most `maxChars`: between words, and inside a word only when it fills 70 % of that room alone.
 * The rest of such a word is a piece of its own, so that the words that follow it begin one.
 */
export function cutSpan(text: string, span: Span, maxChars: number): Span[] {
  const pieces: Span[] = [];
  let { start } = span;
  while (start < span.end) {
    const end = endOfPiece(text, start, span, maxChars);
    pushTrimmed(pieces, text, { start, end });
    start = end;
  }
  return pieces;
}

function endOfPiece(text: string, start: number, span: Span, maxChars: number): number {
  const limit = Math.min(span.end, start + maxChars);
  const isCut = start > span.start && isInsideWord(text, start);
  const endOfWord = isCut ? firstEdge(text, start, limit) : undefined;
  if (endOfWord !== undefined) return endOfWord;
  if (limit === span.end) return limit;
  const least = start + Math.ceil(maxChars * 0.3);
  return lastEdge(text, least, limit) ?? graphemeBoundary(text, least, limit);
}

/** Whether a cut there goes through a word. */
export function isInsideWord(text: string, at: number): boolean {
  return !isEdge(text, at);
}

/** The last place in (`after`, `limit`] where no word is cut; undefined if there is none. */
export function lastEdge(text: string, after: number, limit: number): number | undefined {
  for (let at = limit; at > after; at--) if (isEdge(text, at)) return at;
  return undefined;
}

/** The first place in [`from`, `before`) where no word is cut; undefined if there is none. */
function firstEdge(text: string, from: number, before: number): number | undefined {
  for (let at = from; at < before; at++) if (isEdge(text, at)) return at;
  return undefined;
}

/** Scripts that write without spaces: Thai, Lao, Burmese, Khmer, Chinese, Japanese. */
const spaceless = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef]/;
const wordSegmenter = new Intl.Segmenter('th', { granularity: 'word' });
/** Characters around a place in which its words are looked for: several times the longest word. */
const wordReach = 40;

function isEdge(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true;
  const before = text[at - 1] ?? '';
  const after = text[at] ?? '';
  if (/\s/.test(before) || /\s/.test(after)) return true;
  return spaceless.test(before) && spaceless.test(after) && beginsWord(text, at);
}

/** By a dictionary, which such scripts take. */
function beginsWord(text: string, at: number): boolean {
  const from = Math.max(0, at - wordReach);
  const around = wordSegmenter.segment(text.slice(from, at + wordReach));
  return around.containing(at - from)?.index === at - from;
}

/** The offset itself, or the one before it where it falls between the halves of a surrogate pair. */
export function characterBoundary(text: string, offset: number): number {
  const before = text.charCodeAt(offset - 1);
  const after = text.charCodeAt(offset);
  const insidePair = before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
  return insidePair ? offset - 1 : offset;
}

const graphemeSegmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The last place in (`after`, `limit`] between two of what a reader takes for a character, if there is one. */
function graphemeBoundary(text: string, after: number, limit: number): number {
  const around = graphemeSegmenter.segment(text.slice(after, limit + wordReach));
  const boundary = after + (around.containing(limit - after)?.index ?? 0);
  return boundary > after ? boundary : characterBoundary(text, limit);
}
