import type { AppError } from '../../http/app-error.ts';
import type { FallbackReason } from '../../models/generation.ts';
import type { Answer, AnswerMetadata, Source } from '../answer/answer.ts';

/** When a reader gets the text: as it is generated, or only once the answer is complete. */
export type StreamPolicy = 'live' | 'whole';

/** Why the text shown so far is dropped: its target broke off, or a model answers after all in place of a provisional answer. */
export type ResetReason = FallbackReason | 'model_answered';

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
