import { Injectable } from '@nestjs/common';
import type { Deadline } from '../resilience/time/deadline.ts';
import type { Answer } from './answer/answer.ts';
import { AnswerDeadlines } from './answer/answer-deadlines.ts';
import type { Question } from './answer/question.ts';
import { time, type Timings } from './answer/timings.ts';
import { AnswerCache } from './answer-cache/answer-cache.ts';
import { AnswerGeneration, noMatchAnswer, type GeneratedAnswer } from './generation/answer-generation.ts';
import { retrievalFailureReason, type FallbackContext } from './ladder/rung.ts';
import { Ladder } from './ladder/ladder.ts';
import { NO_RETRIEVAL, Retrieval } from './retrieval/retrieval.ts';

/** The way of a question: cache, retrieval, generation, and the fallback ladder when that fails. */
@Injectable()
export class QueryService {
  constructor(
    private readonly answers: AnswerCache,
    private readonly retrieval: Retrieval,
    private readonly generation: AnswerGeneration,
    private readonly ladder: Ladder,
    private readonly deadlines: AnswerDeadlines,
  ) {}

  /**
   * Answers a question within its deadline, however many of the services behind it are out. Callers who ask the same
   * question at the same time share one answer.
   * @throws AppError `service_unavailable` when nothing at all is available; the caller's signal's reason when the caller has gone
   */
  async answer(question: Question, caller: AbortSignal): Promise<Answer> {
    return (
      this.answers.getFresh(question) ??
      this.answers.share(question, (signal) => this.produce(question, signal), caller)
    );
  }

  /** @param caller aborts when every caller who shares the answer has gone */
  private async produce(question: Question, caller: AbortSignal): Promise<Answer> {
    using deadline = this.deadlines.start(caller);
    const timings: Timings = {};
    const answer = await this.runStages(question, deadline, timings, caller);
    return { ...answer, timings };
  }

  private async runStages(
    question: Question,
    deadline: Deadline,
    timings: Timings,
    caller: AbortSignal,
  ): Promise<Answer> {
    const { signal } = deadline;
    const blocked = this.generation.rejection;
    const cached = await this.answers.lookup(question, blocked !== null, signal);
    if (cached.fresh) return cached.fresh;

    const { revision, stale: lastAnswer, similar } = cached;
    const known = { question, lastAnswer, similar };
    // No model would read passages, and the last answer needs none.
    if (blocked && lastAnswer)
      return this.ladder.fallBack({ ...known, retrieved: NO_RETRIEVAL, ...blocked }, caller);

    const retrieved = await this.retrieval.retrieve(question, revision, timings, signal);
    const context = { ...known, retrieved };
    const isEmpty = retrieved.context.length === 0;
    const reason = retrievalFailureReason(retrieved) ?? (isEmpty ? this.generation.rejection?.reason : null);
    if (reason) return this.ladder.fallBack({ ...context, reason, attempts: [] }, caller);
    if (isEmpty) return { ...noMatchAnswer(retrieved), revision };

    const similarAnswer = await similar?.findFresh(retrieved, signal);
    if (similarAnswer) return similarAnswer;

    const generated = await time(this.deadlines.clock, timings, 'generate', () =>
      this.generation.generate(question, retrieved, deadline),
    );
    if (!generated.ok) return this.ladder.fallBack({ ...context, ...generated }, caller);
    return this.remember(generated, revision, context);
  }

  /**
   * Stores a healthy answer. The canary runs before the answer can be found by similar questions: otherwise the ladder
   * would be tested with the very answer that it stands in for.
   */
  private remember(
    { answer, isStopgap }: GeneratedAnswer,
    revision: number | undefined,
    context: FallbackContext,
  ): Answer {
    const made = { ...answer, revision };
    const canary = this.ladder.runCanary(context);
    // Made from part of the documents, without the model or only in part, an answer must not outlive its cause.
    const isStored =
      !isStopgap && !context.retrieved.degraded && this.answers.store(context.question, made, canary);
    return { ...made, isStored };
  }
}
