import type { DataSet } from './data-set.ts';

/** Of a chunk's sentences so many come from one text, in any order and perhaps twice, and the rest from anywhere. */
const OWN_SENTENCES = 3;
const OTHER_SENTENCES = 1;

/**
 * Puts chunks together from the sentences of a set, always the same ones: words are as frequent as in the set, and a
 * chunk has its subject in common with those that were made from the same text.
 */
export class SentenceMixer {
  private readonly texts: string[][];
  private seed = 1;

  constructor({ documents }: DataSet) {
    this.texts = documents.map(({ text }) => text.split(/(?<=[.!?])\s+/));
  }

  next(): string {
    const text = this.pick(this.texts) ?? [];
    const own = Array.from({ length: OWN_SENTENCES }, () => this.pick(text));
    const others = Array.from({ length: OTHER_SENTENCES }, () => this.pick(this.pick(this.texts) ?? []));
    return [...own, ...others].join(' ');
  }

  /** One of them, by a linear congruential generator (Numerical Recipes, 32 bits). */
  private pick<T>(items: readonly T[]): T | undefined {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return items[Math.floor((this.seed / 2 ** 32) * items.length)];
  }
}
