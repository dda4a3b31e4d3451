import { Inject, Injectable } from '@nestjs/common';
import { startDeadline, type Deadline } from '../resilience/time/deadline.ts';
import { GenerationTargets } from '../targets/generation/generation-targets.ts';
import type { Answer } from './answer/answer.ts';
import { AnswerMemory } from './answer-memory.ts';
import { toAnswer, noMatchAnswer } from './generation/generated-answer.ts';
import { buildContext, hasRoom } from './generation/context.ts';
import { fitPrompt } from './generation/prompt-fitting.ts';
import { Ladder } from './ladder/ladder.ts';
import { NO_RETRIEVAL, retrievalFailureReason, type FallbackRequest } from './ladder/fallback-request.ts';
import { ANSWER_DEADLINES, type AnswerDeadlines } from './answer/answer-deadlines.ts';
import type { Question } from './answer/question.ts';
import { removeNearDuplicates } from './retrieval/near-duplicates.ts';
import { Retrieval } from './retrieval/retrieval.ts';
import { time, type Timings } from './answer/timings.ts';

/** Tokens of passages given to the model. */
const CONTEXT_MAX_TOKENS = 3_000;

/** The way of a question: cache, search, context, generation, and the ladder when that fails. */
@Injectable()
export class QueryService {
  constructor(
    private readonly answers: AnswerMemory,
    private readonly retrieval: Retrieval,
    private readonly targets: GenerationTargets,
    private readonly ladder: Ladder,
    @Inject(ANSWER_DEADLINES) private readonly queryTime: AnswerDeadlines,
  ) {}

  /** A fresh answer that this process has at hand. */
  peek(question: Question): Answer | undefined {
    return this.answers.peek(question);
  }

  /**
   * Answers a question within its deadline, however many of the services behind it are gone. Callers who ask
   * the same question at the same time share one answer.
   * @throws AppError `service_unavailable` when nothing at all is available; the signal's reason when the caller has gone
   */
  answer(question: Question, caller: AbortSignal): Promise<Answer> {
    return this.answers.once(question, (signal) => this.produce(question, signal), caller);
  }

  private async produce(question: Question, caller: AbortSignal): Promise<Answer> {
    const deadline = startDeadline(this.queryTime.clock, this.queryTime.deadlineMs, caller);
    const timings: Timings = {};
    try {
      return { ...(await this.findAnswer(question, timings, deadline, caller)), timings };
    } finally {
      deadline.clear();
    }
  }

  private async findAnswer(
    question: Question,
    timings: Timings,
    deadline: Deadline,
    caller: AbortSignal,
  ): Promise<Answer> {
    const { signal } = deadline;
    const remembered = await this.answers.find(question, signal);
    const { answer: lastAnswer } = remembered;
    if (lastAnswer && remembered.fresh) return lastAnswer;

    const refusal = this.targets.rejection;
    // No model would get the passages, and what is remembered needs none.
    if (refusal && lastAnswer)
      return this.ladder.fallBack({ question, ...NO_RETRIEVAL, lastAnswer, ...refusal }, caller);
    // Without a revision the database is out, and would be asked in vain.
    if (remembered.revision !== undefined) this.answers.expectSimilar(question, refusal !== null, signal);
    const { retrieval, context } = await this.gather(question, remembered.revision, timings, signal);
    const known = { question, retrieval, context, lastAnswer };

    const outage =
      retrievalFailureReason(retrieval) ?? (context.length === 0 ? this.targets.rejection?.reason : null);
    if (outage) return this.ladder.fallBack({ ...known, reason: outage, attempts: [] }, caller);
    const { revision } = remembered;
    if (context.length === 0) return { ...noMatchAnswer(retrieval), revision };
    const similar = await this.answers.findSimilar(question, retrieval.mode, signal);
    if (similar) return similar;

    const generated = await time(this.queryTime.clock, timings, 'generate', () =>
      this.targets.generate(({ promptTokens }) => fitPrompt(question.text, context, promptTokens), {
        signal,
        leftMs: () => deadline.leftMs(),
      }),
    );
    if (!generated.ok) return this.ladder.fallBack({ ...known, ...generated }, caller);
    const answer = { ...toAnswer(generated, question, retrieval), revision };
    const exercised = this.ladder.runCanary(known);
    // Made without all that could have been found, or by what only stood in for a model, it must not outlive the outage.
    const isStopgap = retrieval.degraded || (generated.isBackup && generated.isLocal);
    const isStored = !isStopgap && (await this.answers.store(question, answer, exercised));
    return { ...answer, isStored };
  }

  /** The passages for a question, and what of them goes into its context: of copies one, and then what stands behind them. */
  private async gather(
    question: Question,
    revision: number | undefined,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<Pick<FallbackRequest, 'retrieval' | 'context'>> {
    const limits = { maxPassages: question.topK, maxTokens: CONTEXT_MAX_TOKENS };
    const look = async (depth: 'usual' | 'more') => {
      const retrieval = await this.retrieval.retrieve(question, depth, revision, timings, signal);
      return { retrieval, context: buildContext(removeNearDuplicates(retrieval.passages), limits) };
    };
    const found = await look('usual');
    if (!this.retrieval.hasMore(found.retrieval) || !hasRoom(found.context, limits)) return found;
    const more = await look('more');
    return more.context.length > found.context.length ? more : found;
  }
}
