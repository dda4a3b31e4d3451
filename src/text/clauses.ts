import { cutSpan, type Span, splitSentences } from './sentences.ts';

/** A sentence, a clause of one, or a part of a clause. */
export interface Piece extends Span {
  /** Whether it begins, and ends, at the edge of a sentence or clause. */
  opens: boolean;
  closes: boolean;
  /** Where its sentence begins. */
  sentence: number;
}

/**
 * Where a clause ends: a short bracket is skipped as a whole, so that none is left open. Thai, Lao, Burmese and Khmer have
 * a space there, and none between words.
 */
const clauseEnd =
  /(?:\([^\(\)]{1,100}\)|\[[^\[\]]{1,100}\]|[[\p{Term}--\p{STerm}]\)\]–—―”»·]|(?<=\S)")[,;:.]?["'”’»\)]{0,3}(?=\s)|[、，；：]["'”’」』]*|[—―](?=\p{L})|(?<=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])(?=\s)/gv;
/** Marks that a block begins with: of a list's items, and of code. */
const bullets = /^(?:(?:[-–—―*+•·▪◦‣]|(?:```|~~~)\S{0,40})(?:\s+|$))+/u;
const fenceEnd = /(?<=\s)(?:```|~~~)$/u;
/** A list's number, which the sentences' splitter takes for a sentence of its own. */
const listNumber = /^\(?(?:\p{N}{1,3}|\p{L})[.)]$/u;

/**
 * The sentences of a text, those longer than `maxChars` as their clauses, and clauses that are longer still cut between
 * words. The bullets of lists belong to none. Takes linear time.
 */
export function cutPieces(text: string, maxChars: number): Piece[] {
  return readSentences(text).flatMap((sentence) => {
    if (fits(sentence, maxChars)) return [sentence];
    return splitClauses(text, sentence).flatMap((clause) =>
      fits(clause, maxChars) ? [clause] : cutClause(text, clause, maxChars),
    );
  });
}

function readSentences(text: string): Piece[] {
  const sentences: Piece[] = [];
  const { length } = text.trimEnd();
  let numberAt: number | undefined;
  for (const { start, end } of splitSentences(text)) {
    if (end < length && listNumber.test(text.slice(start, end))) {
      numberAt ??= start;
      continue;
    }
    const sentence = tidy(text, numberAt ?? start, end);
    if (sentence) sentences.push({ ...sentence, sentence: sentence.start });
    numberAt = undefined;
  }
  return sentences;
}

function fits({ start, end }: Span, maxChars: number): boolean {
  return end - start <= maxChars;
}

function cutClause(text: string, clause: Piece, maxChars: number): Piece[] {
  const parts = cutSpan(text, clause, maxChars);
  return parts.map((part, index) => ({
    ...clause,
    ...part,
    opens: index === 0,
    closes: index === parts.length - 1,
  }));
}

/** The clauses of a piece, by its punctuation, without the white space around them. Takes linear time. */
export function splitClauses(text: string, piece: Piece): Piece[] {
  const clauses: Piece[] = [];
  const { sentence } = piece;
  let { start, opens } = piece;
  for (const { 0: mark, index } of text.slice(piece.start, piece.end).matchAll(clauseEnd)) {
    const end = piece.start + index + mark.length;
    if (end === piece.end) break;
    const clause = tidy(text, start, end);
    if (clause) clauses.push({ ...clause, sentence, opens });
    start = end;
    opens = true;
  }
  const last = tidy(text, start, piece.end);
  if (last) clauses.push({ ...last, sentence, opens, closes: piece.closes });
  return clauses;
}

/** Without white space, bullets and the fences of code around it; undefined where nothing is left to say. */
function tidy(text: string, start: number, end: number): Piece | undefined {
  const ended = text.slice(start, end).trimEnd().replace(fenceEnd, '').trimEnd();
  const said = ended.trimStart().replace(bullets, '');
  if (said === '') return undefined;
  const last = start + ended.length;
  const first = last - said.length;
  return { start: first, end: last, opens: true, closes: true, sentence: first };
}
