import { z } from 'zod';
import { BadResponseError } from './errors.ts';

/** The parts of a streamed chunk that we rely on; reasoning models send further fields. */
const chunkSchema = z.object({
  choices: z.array(
    z.object({
      delta: z.object({ content: z.string().nullish() }).nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
});

/** Far beyond any real answer: an endless one must not fill the memory. */
const MAX_ANSWER_CHARACTERS = 100_000;
/** A text that ends with the first of two surrogates. */
const FIRST_HALF = /[\uD800-\uDBFF]$/;

/** Puts an answer together from the chunks of a chat completion stream. */
export class ChatAnswer {
  private text = '';
  private ended = false;
  /** The first half of a character whose second half has yet to come. */
  private half = '';

  /** Whether the model has said that it is done. */
  get finished(): boolean {
    return this.ended;
  }

  /**
   * Takes the next chunk. Of its text, NUL characters are left out and lone surrogates replaced: no database takes them.
   * @returns the text it adds, empty for one that only reasons or reports
   * @throws BadResponseError when it has the wrong shape or the answer grows beyond 100,000 characters
   */
  add(chunk: unknown): string {
    const parsed = chunkSchema.safeParse(chunk);
    if (!parsed.success) throw new BadResponseError('wrong_shape');
    const choice = parsed.data.choices[0];
    const ends = this.ended || Boolean(choice?.finish_reason);
    const added = this.clean(choice?.delta?.content ?? '', ends);
    if (this.text.length + added.length > MAX_ANSWER_CHARACTERS) throw new BadResponseError('too_large');
    this.text += added;
    this.ended = ends;
    return added;
  }

  /**
   * The whole answer, once the stream has ended.
   * @throws BadResponseError when it broke off or holds no text
   */
  complete(): string {
    if (!this.ended) throw new BadResponseError('unfinished');
    if (this.text.trim() === '') throw new BadResponseError('empty');
    return this.text;
  }

  /** Some services cut a stream between the two halves of a character: the first half waits for the next chunk. */
  private clean(added: string, ends: boolean): string {
    const text = this.half + added.replaceAll('\0', '');
    const isCut = !ends && FIRST_HALF.test(text);
    this.half = isCut ? text.slice(-1) : '';
    return (isCut ? text.slice(0, -1) : text).toWellFormed();
  }
}
