import { setImmediate } from 'node:timers/promises';
import type { Embedder } from '../models/embedding.ts';
import { readWords, weighByLength } from '../text/words.ts';

/** Length of the vectors. Changing it makes stored vectors useless. */
const dimension = 512;
const shortestNgram = 3;
const longestNgram = 5;

/**
 * Embeds texts by signed feature hashing of their words and of the words' character n-grams. It is deterministic and needs
 * no weights. Texts are similar when they share words or parts of words, whatever their meaning.
 */
export class HashingEmbedder implements Embedder {
  constructor(readonly model: string) {}

  /**
   * Returns one normalised vector of 512 numbers per text, in their order. A text without words gets a fixed vector.
   * Between two texts the event loop runs other work.
   * @throws the signal's reason once it has aborted
   */
  async embed(texts: string[], signal: AbortSignal): Promise<number[][]> {
    const vectors: number[][] = [];
    for (const text of texts) {
      signal.throwIfAborted();
      vectors.push(embedText(text));
      await setImmediate();
    }
    return vectors;
  }
}

function embedText(text: string): number[] {
  const frequency = new Map<string, number>();
  for (const { folded } of readWords(text)) frequency.set(folded, (frequency.get(folded) ?? 0) + 1);
  const vector = new Float64Array(dimension);
  for (const [word, count] of frequency) addWord(vector, word, 1 + Math.log(count));
  const norm = Math.hypot(...vector);
  if (norm === 0) vector[0] = 1;
  return norm === 0 ? [...vector] : Array.from(vector, (value) => value / norm);
}

/**
 * Adds a word and its n-grams. All n-grams together weigh as much as the word. The weight by length is squared, which keeps
 * the similarity of unrelated texts low.
 */
function addWord(vector: Float64Array, word: string, frequencyWeight: number): void {
  const weight = frequencyWeight * weighByLength(word) ** 2;
  const bordered = `<${word}>`;
  addFeature(vector, hashRange(bordered, 0, bordered.length, 0), weight);
  const ngrams: number[] = [];
  for (let start = 0; start + shortestNgram <= bordered.length; start++)
    for (let size = shortestNgram; size <= longestNgram && start + size <= bordered.length; size++)
      ngrams.push(hashRange(bordered, start, start + size, size));
  const share = weight / Math.sqrt(ngrams.length);
  for (const ngram of ngrams) addFeature(vector, ngram, share);
}

function addFeature(vector: Float64Array, hash: number, weight: number): void {
  const index = hash % dimension;
  vector[index] = (vector[index] ?? 0) + (hash & 0x80000000 ? -weight : weight);
}

/** FNV-1a over UTF-16 units with MurmurHash3's final mixing; `seed` keeps words and n-grams apart. */
function hashRange(text: string, start: number, end: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
