import type { AppError } from '../../http/app-error.ts';
import type { FallbackReason } from '../../models/generation.ts';
import type { Answer, AnswerMetadata, Source } from '../answer/answer.ts';

/**
 * How a reader gets the text. `live`: as it is generated; what has to be dropped is followed by `reset`. `append`: as it is
 * generated, and never dropped: a break midway is an `error`, and an answer that would be provisional is final. `whole`: only
 * once the answer is complete.
 */
export type StreamPolicy = 'live' | 'append' | 'whole';

/**
 * Why the text shown so far is dropped: its target broke off, a model answers after all in place of a provisional answer, or
 * the end of the text showed that some of it were thoughts.
 */
export type ResetReason = FallbackReason | 'model_answered' | 'text_revised';

/** One event of an answer in the making. The last one is `done` or `error`, and no other is. */
export type AnswerEvent =
  /** The passages that the text cites: as soon as they are known, and again before a text that cites others. */
  | { type: 'sources'; sources: Source[] }
  /** Before the text of an answer that is less than usual. A provisional one may be followed by `reset` and a model's text. */
  | ({ type: 'notice'; notice: string; provisional: boolean } & Pick<
      AnswerMetadata,
      'fallback_source' | 'fallback_reason'
    >)
  /** A part of the text. All parts since the last `reset` are the text of `done`. */
  | { type: 'token'; text: string }
  /** Text and notice shown so far are dropped; what follows takes their place. `target` is the one that broke off or answers now. */
  | { type: 'reset'; reason: ResetReason; target: string }
  | { type: 'done'; answer: Answer }
  | { type: 'error'; error: AppError };
