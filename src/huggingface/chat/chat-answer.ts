import { z } from 'zod';
import type { Generation, TokenUsage } from '../../models/generation.ts';
import { BadResponseError, NoAnswerError } from '../errors.ts';
import { EndMarkFilter } from './end-mark.ts';
import { readFinish, type Finish } from './finish-reason.ts';
import { isRecord } from '../is-record.ts';
import { dropOpenThoughts, ThoughtFilter } from './thoughts.ts';

/** A text, a part of one, or a list of parts, of which some are text and others are thoughts. Anything else is read as no text. */
const contentSchema = z
  .union([
    z.string(),
    z.array(z.unknown()).transform(joinParts),
    z.looseObject({}).transform((part) => joinParts([part])),
  ])
  .catch('');
/** Where services write what a model thinks. */
const thoughtFields = { reasoning_content: z.unknown(), reasoning: z.unknown() };
const messageSchema = z
  .object({ content: contentSchema, refusal: z.unknown(), ...thoughtFields, tool_calls: z.unknown() })
  .partial()
  .optional()
  .catch(undefined);

/** The fields of a chunk that failsoft reads: `message` is that of a whole answer, and `text` that of OpenAI's older completions. */
const choiceSchema = z.object({
  index: z.number().catch(0),
  delta: messageSchema,
  message: messageSchema,
  text: z.string().optional().catch(undefined),
  finish_reason: z.unknown().optional(),
});
const chunkSchema = z.object({ choices: z.array(choiceSchema) });

const tokenCount = z.int().nonnegative();
/** What is no usage is read as none. */
const usageSchema = z
  .object({ usage: z.object({ prompt_tokens: tokenCount, completion_tokens: tokenCount }) })
  .transform(({ usage }) => ({ prompt: usage.prompt_tokens, completion: usage.completion_tokens }));

/** The longest answer in characters, far above real ones. Raising it lets an endless stream use more memory. */
const MAX_ANSWER_CHARACTERS = 100_000;
/** A text that ends with the first of two surrogates. */
const FIRST_HALF = /[\uD800-\uDBFF]$/;

/** Assembles an answer from the chunks of a chat completion stream. */
export class ChatAnswer {
  private text = '';
  private finish: Finish | undefined;
  private isRefused = false;
  private callsTool = false;
  /** Whether the model wrote something, which need not be a part of the answer. */
  private hasThoughts = false;
  private usage: TokenUsage | undefined;
  private readonly thoughts = new ThoughtFilter();
  private readonly endMark = new EndMarkFilter();
  /** The first half of a character whose second half has yet to come. */
  private half = '';

  /** Whether a finish reason was received that is known: another word may come with every chunk. */
  get finished(): boolean {
    return this.finish !== undefined && this.finish !== 'unknown';
  }

  /**
   * Takes the next chunk. Of its text, thoughts are left out and NUL characters, and lone surrogates are replaced: no
   * database takes them.
   * @returns the text of the chunk, empty for reasoning; undefined for a chunk that is no part of the answer, such as
   *   usage and pings
   * @throws BadResponseError when the answer exceeds 100,000 characters
   */
  add(chunk: unknown): string | undefined {
    // Some services count on with every chunk.
    this.usage = usageSchema.safeParse(chunk).data ?? this.usage;
    const choices = chunkSchema.safeParse(chunk).data?.choices ?? [];
    const choice = choices.find(({ index }) => index === 0);
    if (!choice) return undefined;
    const { delta, message, text, finish_reason } = choice;
    // Some services repeat the whole answer beside the last delta.
    const said = delta ?? (this.text === '' ? message : undefined);
    const finish = readFinish(finish_reason) ?? (delta || !message ? undefined : 'stop');
    if (!this.finished) this.finish = finish ?? this.finish;
    if (said?.refusal) this.isRefused = true;
    if (said) this.noteOtherParts(said);
    const isLast = this.finished;
    const cleaned = this.clean(said?.content ?? text ?? '', isLast);
    if (cleaned.trim() !== '') this.hasThoughts = true;
    const answered =
      this.thoughts.add(cleaned) + (isLast ? this.thoughts.finish(this.finish === 'stop') : '');
    const added = this.endMark.add(answered, isLast);
    if (this.text.length + added.length > MAX_ANSWER_CHARACTERS) throw new BadResponseError('too_large');
    this.text += added;
    return added;
  }

  /**
   * The whole answer at the end of the stream. It may be shorter than the text of all chunks: thoughts without a mark at
   * their beginning are known at their end.
   * @throws NoAnswerError when a filter stopped the answer, or a refusal, reasoning or a call of a tool took the place of any text;
   *   BadResponseError when the stream was truncated or contained nothing
   */
  complete(): Omit<Generation, 'model'> {
    const { finish, usage } = this;
    if (finish === undefined) throw new BadResponseError('unfinished');
    if (finish === 'failed') throw new BadResponseError('error_event');
    if (finish === 'content_filter') throw new NoAnswerError('content_filter');
    // The stream's end was the first sign that nothing follows.
    const rest = finish === 'unknown' ? this.endMark.add(this.thoughts.finish(true), true) : '';
    const text = dropOpenThoughts(this.text + rest);
    if (text.trim() !== '') return { text, finishReason: finish === 'length' ? 'length' : 'stop', usage };
    if (this.isRefused || finish === 'refusal') throw new NoAnswerError('refusal');
    if (finish === 'length') throw new NoAnswerError(finish);
    if (finish === 'tool_call' || this.callsTool) throw new NoAnswerError('tool_call');
    throw this.hasThoughts ? new NoAnswerError('thoughts') : new BadResponseError('empty');
  }

  private noteOtherParts({
    reasoning_content,
    reasoning,
    tool_calls,
  }: z.infer<typeof messageSchema> & object): void {
    if (reasoning_content || reasoning) this.hasThoughts = true;
    if (Array.isArray(tool_calls) && tool_calls.length > 0) this.callsTool = true;
  }

  /** Some services cut a stream between the two halves of a character: the first half waits for the next chunk. */
  private clean(added: string, ends: boolean): string {
    const text = this.half + added.replaceAll('\0', '');
    const isCut = !ends && FIRST_HALF.test(text);
    this.half = isCut ? text.slice(-1) : '';
    return (isCut ? text.slice(0, -1) : text).toWellFormed();
  }
}

function joinParts(parts: unknown[]): string {
  return parts.map(textOf).join('');
}

/** The text of one part; empty for a part of another kind. A schema takes too long for thousands in one event. */
function textOf(part: unknown): string {
  if (typeof part === 'string') return part;
  if (!isRecord(part)) return '';
  const { type = 'text', text } = part;
  return (type === 'text' || type === 'output_text') && typeof text === 'string' ? text : '';
}
