import { countTokens as countPlain, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';
import { characterBoundary } from './sentences.ts';

// Once the encoder's own cache is full, each look-up walks over the entries dropped before: quadratic on varied text.
setMergeCacheSize(0);

/** What `<|endoftext|>` and the like are in a document: text like any other. */
const asPlainText = { disallowedSpecial: new Set<string>() };

/** The encoder's work grows with the square of a run that it can't split: letters, symbols or white space. */
const longRun = /[\p{L}\p{M}]{48,}|[^\s\p{L}\p{N}]{48,}|\s{48,}/gu;
const sliceLength = 24;

/**
 * Counts the tokens of a text in the o200k_base vocabulary.
 *
 * Exact for ordinary text; a run of 48 or more characters without any break is counted in slices, which
 * gives up to one token more per slice. Takes time in proportion to the length and never throws.
 */
export function countTokens(text: string): number {
  let tokens = 0;
  let at = 0;
  for (const { 0: run, index } of text.matchAll(longRun)) {
    tokens += countPlain(text.slice(at, index), asPlainText);
    at = index;
    while (at < index + run.length) {
      const end = Math.min(characterBoundary(text, at + sliceLength), index + run.length);
      tokens += countPlain(text.slice(at, end), asPlainText);
      at = end;
    }
  }
  return tokens + countPlain(text.slice(at), asPlainText);
}
