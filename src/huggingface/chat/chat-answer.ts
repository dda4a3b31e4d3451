import { z } from 'zod';
import type { FinishReason } from '../../models/generation.ts';
import { BadResponseError, NoAnswerError } from '../errors.ts';
import { readFinish, type Finish } from './finish-reason.ts';

/** The fields of a streamed chunk that failsoft reads. Reasoning models send further fields. */
const chunkSchema = z.object({
  choices: z.array(
    z.object({
      delta: z.object({ content: z.string().nullish(), refusal: z.unknown().optional() }).nullish(),
      finish_reason: z.unknown().optional(),
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
  private finish: Finish | undefined;
  private isRefused = false;
  /** The first half of a character whose second half has yet to come. */
  private half = '';

  /** Whether a finish reason was received. */
  get finished(): boolean {
    return this.finish !== undefined;
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
    this.finish ??= readFinish(choice?.finish_reason);
    if (choice?.delta?.refusal) this.isRefused = true;
    const added = this.clean(choice?.delta?.content ?? '', this.finished);
    if (this.text.length + added.length > MAX_ANSWER_CHARACTERS) throw new BadResponseError('too_large');
    this.text += added;
    return added;
  }

  /**
   * The whole answer at the end of the stream.
   * @throws NoAnswerError when a filter stopped the answer, or a refusal or reasoning took the place of any text;
   *   BadResponseError when the stream was truncated or contained no text
   */
  complete(): { text: string; finishReason: FinishReason } {
    const { finish, text } = this;
    if (finish === undefined) throw new BadResponseError('unfinished');
    if (finish === 'failed') throw new BadResponseError('error_event');
    if (finish === 'content_filter') throw new NoAnswerError('content_filter');
    if (text.trim() !== '') return { text, finishReason: finish === 'length' ? 'length' : 'stop' };
    if (this.isRefused || finish === 'refusal') throw new NoAnswerError('refusal');
    throw finish === 'length' ? new NoAnswerError('length') : new BadResponseError('empty');
  }

  /** Some services cut a stream between the two halves of a character: the first half waits for the next chunk. */
  private clean(added: string, ends: boolean): string {
    const text = this.half + added.replaceAll('\0', '');
    const isCut = !ends && FIRST_HALF.test(text);
    this.half = isCut ? text.slice(-1) : '';
    return (isCut ? text.slice(0, -1) : text).toWellFormed();
  }
}
