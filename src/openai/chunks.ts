import type { ServerSentEvent } from '../http/streams/event-stream.ts';
import type { Answer, Source } from '../query/answer/answer.ts';
import type { AnswerEvent } from '../query/answer-stream/answer-event.ts';
import {
  annotate,
  describeAnswer,
  describeSources,
  finishReason,
  headOf,
  openingOf,
  sourceList,
  usageOf,
  withUrls,
  type CompletionContext,
} from './completion.ts';
import type { Chunk } from './completion.schema.ts';
import { describeError } from './openai-error.ts';

type Choice = Chunk['choices'][number];

/** How a stream of chunks ends. */
export interface ChunkOptions {
  /** Whether a chunk with the usage follows the last one. */
  includeUsage: boolean;
  elapsedMs: () => number;
}

/** Writes the events of an answer as the chunks of a completion. Their text is never taken back. */
export class ChunkWriter {
  private isBegun = false;
  /** The text so far, in which the places of the citations are counted. */
  private text = '';

  constructor(
    private readonly context: CompletionContext,
    private readonly options: ChunkOptions,
  ) {}

  /** The chunks of one event. Those of `done` are the last, and so is the error of `error`. */
  *write(event: AnswerEvent): Generator<ServerSentEvent> {
    switch (event.type) {
      case 'sources':
        yield* this.begin(event.sources);
        break;
      case 'notice':
        yield* this.add(openingOf(event));
        break;
      case 'token':
        yield* this.add(event.text);
        break;
      case 'done':
        yield* this.end(event.answer);
        break;
      case 'error':
        // Clients take a stream that only ends for a whole one, also when [DONE] follows an error.
        yield { data: { error: describeError(event.error) } };
        break;
      case 'reset':
      // No model streams by a policy that takes text back.
    }
  }

  private *begin(sources: Source[]): Generator<ServerSentEvent> {
    if (this.isBegun) return;
    this.isBegun = true;
    yield this.chunk({ role: 'assistant', content: '' }, null, {
      ...describeSources(sources, this.context),
      failsoft: { request_id: this.context.requestId, sources: withUrls(sources, this.context) },
    });
  }

  private *add(text: string): Generator<ServerSentEvent> {
    yield* this.begin([]);
    if (text === '') return;
    this.text += text;
    yield this.chunk({ content: text });
  }

  private *end(answer: Answer): Generator<ServerSentEvent> {
    const { context, options } = this;
    const { sources, metadata } = answer;
    const annotations = annotate(this.text, sources, context);
    yield* this.add(sourceList(sources, context));
    const last = this.chunk({ annotations }, finishReason(metadata), {
      ...describeSources(sources, context),
      failsoft: describeAnswer(answer, context, options.elapsedMs()),
    });
    const model = metadata.model ?? context.model;
    yield { data: { ...last.data, model } };
    if (options.includeUsage)
      yield {
        data: {
          ...this.head(),
          model,
          choices: [],
          usage: usageOf(answer, context),
        } satisfies Chunk,
      };
    yield { data: '[DONE]' };
  }

  private chunk(
    delta: Choice['delta'],
    finish_reason: Choice['finish_reason'] = null,
    more: Pick<Chunk, 'citations' | 'failsoft'> = {},
  ): { data: Chunk } {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason }];
    const usage = this.options.includeUsage ? { usage: null } : {};
    return { data: { ...this.head(), choices, ...usage, ...more } };
  }

  private head() {
    return headOf('chat.completion.chunk', this.context);
  }
}
