import { characterBoundary } from './sentences.ts';

/** Characters of one piece. Raised, other requests wait for more than some 10 ms. */
const PIECE_CHARS = 500_000;

/** A text as JSON without its quotation marks, in pieces. */
export function* jsonPieces(text: string): Generator<string> {
  for (let start = 0, end = 0; start < text.length; start = end) {
    end = characterBoundary(text, start + PIECE_CHARS);
    yield JSON.stringify(text.slice(start, end)).slice(1, -1);
  }
}
