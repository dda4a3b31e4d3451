import type { DocumentBody } from './client.ts';

const VOCABULARY = 4_000;
const WORDS_PER_SENTENCE = 14;
const SENTENCES = 18;
const SYLLABLES = [
  'ba',
  'den',
  'fi',
  'gor',
  'hul',
  'jas',
  'ke',
  'lam',
  'mo',
  'nir',
  'pu',
  'ras',
  'se',
  'tol',
];

/** Made-up documents and questions that always come out the same. */
export class Corpus {
  private seed = 1;
  private asked = 0;

  readonly documents: DocumentBody[];

  constructor(count: number) {
    this.documents = Array.from({ length: count }, (_, index) => ({
      id: `document-${index}`,
      title: this.words(3),
      text: Array.from({ length: SENTENCES }, () => `${this.words(WORDS_PER_SENTENCE)}.`).join(' '),
    }));
  }

  /** A question from words that stand close together in one document; its number makes it a new one. */
  question(): string {
    const document = this.documents[this.below(this.documents.length)];
    const words = document?.text.split(' ') ?? [];
    const from = this.below(words.length - WORDS_PER_SENTENCE);
    return `${words.slice(from, from + WORDS_PER_SENTENCE / 2).join(' ')} ${this.words(1)} ${++this.asked}?`;
  }

  private words(count: number): string {
    return Array.from({ length: count }, () => this.word()).join(' ');
  }

  /** Small numbers are more frequent, as frequent words are in a language. */
  private word(): string {
    let number = Math.floor(VOCABULARY ** (this.below(1_000_000) / 1_000_000));
    let word = '';
    do {
      word += SYLLABLES[number % SYLLABLES.length];
      number = Math.floor(number / SYLLABLES.length);
    } while (number > 0);
    return word;
  }

  /** A whole number from 0 to below `limit`: a linear congruential generator (Numerical Recipes, 32 bits). */
  private below(limit: number): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.seed / 2 ** 32) * limit);
  }
}
