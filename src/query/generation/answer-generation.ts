import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import type { Deadline } from '../../resilience/time/deadline.ts';
import { waitForOwnTurn } from '../../resilience/time/own-turn.ts';
import type { GenerationResult, GenerationUnavailable } from '../../targets/generation/failover-options.ts';
import type { FinishReason } from '../../models/generation.ts';
import { GenerationTargets } from '../../targets/generation/generation-targets.ts';
import type { AnswerWork } from '../answer-stream/answers-in-progress.ts';
import { plainMetadata, type Answer } from '../answer/answer.ts';
import type { Question } from '../answer/question.ts';
import { Condensing } from '../conversation/condensing.ts';
import { time } from '../answer/timings.ts';
import type { RetrievedContext } from '../retrieval/retrieval.ts';
import { ShownText, type TextFrame } from './shown-text.ts';
import { fitPrompt, type FittedPrompt } from './prompt-fitting.ts';
import { toSources } from './sources.ts';

/** An answer that a target generated. */
export interface GeneratedAnswer {
  ok: true;
  answer: Answer;
  /** Whether an in-process target stood in for a model, or the answer was cut off: such an answer must not be served again. */
  isStopgap: boolean;
}

/** Generates answers from retrieved passages. */
@Injectable()
export class AnswerGeneration {
  constructor(
    private readonly targets: GenerationTargets,
    private readonly condensing: Condensing,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Makes a question of a conversation one that can be searched for without the conversation.
   * @throws the deadline's signal's reason when the caller has gone
   */
  condense(question: Question, deadline: Deadline): Promise<Question> {
    return this.condensing.condense(question, deadline);
  }

  /** Why no target would be called at this moment; null while one would. Makes no call. */
  get rejection(): GenerationUnavailable | null {
    return this.targets.rejection;
  }

  /**
   * Generates an answer, target by target, each with the passages that fit its limit, and shows it meanwhile.
   * @param onPatienceOver called when nobody should wait longer, perhaps more than once; the answer goes on
   * @throws the deadline's signal's reason when the caller has gone; a spent deadline is a result
   */
  async generate(
    question: Question,
    retrieved: RetrievedContext,
    { deadline, progress, timings, waitedMs }: AnswerWork,
    onPatienceOver: ShownText['onPatienceOver'],
  ): Promise<GeneratedAnswer | GenerationUnavailable> {
    await waitForOwnTurn();
    const frame: TextFrame = {
      sourcesOf: ({ context }) => toSources(question.text, context, this.config.excerptMaxChars),
      noticeOf: (speaker) => noticeOf([sayOrigin(speaker)], retrieved),
    };
    const shown = new ShownText(progress, frame, onPatienceOver);
    const generated = await time(this.clock, timings, 'generate', () =>
      this.targets.generate(({ promptTokens }) => fitPrompt(question, retrieved.context, promptTokens), {
        signal: deadline.signal,
        leftMs: () => deadline.leftMs(),
        waitedMs,
        listener: shown,
      }),
    );
    if (!generated.ok) return generated;
    const isStopgap = (generated.isBackup && generated.isLocal) || generated.finishReason === 'length';
    await waitForOwnTurn();
    return { ok: true, answer: await this.toAnswer(generated, shown, retrieved), isStopgap };
  }

  /** The answer that a target generated from the passages. */
  private async toAnswer(
    generated: Extract<GenerationResult<FittedPrompt>, { ok: true }>,
    shown: ShownText,
    retrieval: RetrievedContext,
  ): Promise<Answer> {
    const { context } = generated.request;
    return {
      answer: await shown.finish(generated.text, context.length),
      sources: shown.sourcesOf(generated.request),
      usage: generated.usage,
      metadata: {
        ...plainMetadata,
        retrieval: retrieval.mode,
        reranked: retrieval.reranked,
        chunks_retrieved: retrieval.passages.length,
        chunks_used: context.length,
        target: generated.target,
        model: generated.model,
        finish_reason: generated.finishReason,
        notice: noticeOf([sayOrigin(generated), sayEnd(generated)], retrieval),
        attempts: generated.attempts,
      },
    };
  }
}

/** The answer to a question that no document matches. */
export function noMatchAnswer(retrieval: RetrievedContext): Answer {
  return {
    answer: 'I could not find anything about this in the documents.',
    sources: [],
    metadata: {
      ...plainMetadata,
      retrieval: retrieval.mode,
      no_context: true,
      notice: noticeOf([], retrieval),
    },
  };
}

/** What a user is told of the target that answered; nothing of a primary model. */
function sayOrigin({ isBackup, isLocal }: { isBackup: boolean; isLocal: boolean }): string {
  if (isBackup) return 'The primary model is unavailable; a backup model answered.';
  return isLocal ? 'No language model is configured; these are quotes from your documents.' : '';
}

function sayEnd({ finishReason }: { finishReason: FinishReason }): string {
  return finishReason === 'length' ? 'The answer is incomplete: the model reached its limit of tokens.' : '';
}

function noticeOf(said: string[], retrieval: RetrievedContext): string | null {
  const notices = [
    ...said,
    retrieval.degraded ? 'Search is partly unavailable; relevant documents may be missing.' : '',
  ].filter(Boolean);
  return notices.length > 0 ? notices.join(' ') : null;
}
