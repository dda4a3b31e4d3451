import { z } from 'zod';
import { BadResponseError } from '../errors.ts';

/** The fields of a streamed chunk that failsoft reads. Reasoning models send further fields. */
const chunkSchema = z.object({
  choices: z.array(
    z.object({
      delta: z.object({ content: z.string().nullish() }).nullish(),
      finish_reason: z.string().nullish(),
    }),
  ),
});

/** The longest answer in characters, far above real ones. Raising it lets an endless stream use more memory. */
const MAX_ANSWER_CHARACTERS = 100_000;
/** A text that ends with the first of two surrogates. */
const FIRST_HALF = /[\uD800-\uDBFF]$/;

/** Assembles an answer from the chunks of a chat completion stream. */
export class ChatAnswer {
  private text = '';
  private ended = false;
  /** The first half of a character whose second half has yet to come. */
  private half = '';

  /** Whether a finish reason was received. */
  get finished(): boolean {
    return this.ended;
  }

  /**
   * Takes the next chunk. Of its text, NUL characters are left out and lone surrogates replaced: no database takes them.
   * @returns the text of the chunk; empty for reasoning and usage
   * @throws BadResponseError when the chunk has the wrong shape or the answer exceeds 100,000 characters
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
   * The whole answer at the end of the stream.
   * @throws BadResponseError when the stream was truncated or contained no text
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
