import type { DataSet } from './data-set.ts';

const SENTENCES_PER_CHUNK = 6;

/** Puts texts together from the sentences of a set, always the same ones: words are as frequent as in the set. */
export class SentenceMixer {
  private readonly sentences: string[];
  private seed = 1;

  constructor({ documents }: DataSet) {
    this.sentences = documents.flatMap(({ text }) => text.split(/(?<=[.!?])\s+/));
  }

  next(): string {
    return Array.from({ length: SENTENCES_PER_CHUNK }, () => this.pick()).join(' ');
  }

  /** A linear congruential generator (Numerical Recipes, 32 bits). */
  private pick(): string {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.sentences[Math.floor((this.seed / 2 ** 32) * this.sentences.length)] ?? '';
  }
}
