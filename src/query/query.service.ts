import { Injectable } from '@nestjs/common';
import { unlessAborted } from '../resilience/time/deadline.ts';
import { tellDrills, type Answer } from './answer/answer.ts';
import { condensedOf, type Question } from './answer/question.ts';
import { AnswersInProgress, type AnswerLease, type AnswerWork } from './answer-stream/answers-in-progress.ts';
import { AnswerCache } from './answer-cache/answer-cache.ts';
import { AnswerGeneration, noMatchAnswer, type GeneratedAnswer } from './generation/answer-generation.ts';
import { retrievalFailureReason, type FallbackContext, type FallbackRequest } from './ladder/rung.ts';
import { Ladder } from './ladder/ladder.ts';
import { NO_RETRIEVAL, Retrieval } from './retrieval/retrieval.ts';

/** The way of a question: cache, retrieval, generation, and the fallback ladder when that fails. */
@Injectable()
export class QueryService {
  constructor(
    private readonly answers: AnswerCache,
    private readonly inProgress: AnswersInProgress,
    private readonly retrieval: Retrieval,
    private readonly generation: AnswerGeneration,
    private readonly ladder: Ladder,
  ) {}

  /**
   * Answers a question within its deadline, however many of the services behind it are out. Callers who ask the same
   * question at the same time share one answer. Nobody waits longer for the last model than it usually takes: the ladder
   * then answers, and the model's answer goes on for the cache.
   * @throws AppError `service_unavailable` when nothing at all is available; the caller's signal's reason when the caller has gone
   */
  async answer(question: Question, caller: AbortSignal): Promise<Answer> {
    const fresh = this.answers.getFresh(question);
    if (fresh) return fresh;
    using lease = this.join(question);
    const answer = await unlessAborted(lease.progress.usable, caller);
    if (!lease.progress.isEnded) lease.keep();
    return answer;
  }

  /** Opens the answer to a question for a reader of its events, who releases it. */
  open(question: Question): AnswerLease {
    const fresh = this.answers.getFresh(question);
    return fresh ? this.inProgress.leaseComplete(question, fresh) : this.join(question);
  }

  private join(question: Question): AnswerLease {
    return this.inProgress.join(question, (work) => this.produce(question, work));
  }

  private async produce(asked: Question, work: AnswerWork): Promise<Answer> {
    const beforeMs = work.deadline.leftMs();
    const question = await this.generation.condense(asked, work.deadline);
    if (condensedOf(question)?.by === 'rule') work.waitedMs = beforeMs - work.deadline.leftMs();
    return tellCondensed(question, await this.runStages(question, work));
  }

  private async runStages(question: Question, work: AnswerWork): Promise<Answer> {
    const { caller } = work;
    const { signal } = work.deadline;
    const blocked = this.generation.rejection;
    const cached = await this.answers.lookup(question, blocked !== null, signal);
    work.progress.revision = cached.revision;
    if (cached.fresh) return cached.fresh;

    const { revision, stale: lastAnswer, similar } = cached;
    const known = { question, lastAnswer, similar };
    // No model would read passages, and the last answer needs none.
    if (blocked && lastAnswer)
      return this.ladder.fallBack({ ...known, retrieved: NO_RETRIEVAL, ...blocked }, caller);

    const retrieved = await this.retrieval.retrieve(question, revision, work.timings, signal);
    const context = { ...known, retrieved };
    const isEmpty = retrieved.context.length === 0;
    const reason = retrievalFailureReason(retrieved) ?? (isEmpty ? this.generation.rejection?.reason : null);
    if (reason) return this.ladder.fallBack({ ...context, reason, attempts: [] }, caller);
    if (isEmpty) return { ...noMatchAnswer(retrieved), revision };

    const similarAnswer = question.caching ? undefined : await similar?.findFresh(retrieved, signal);
    if (similarAnswer) return similarAnswer;

    let offered: Promise<Answer | undefined> | undefined;
    const generated = await this.generation.generate(question, retrieved, work, (overdue, attempts) => {
      offered ??= this.offer({ ...context, reason: overdue, attempts }, work);
    });
    if (generated.ok) return this.remember(generated, revision, context, work);
    const { attempts } = generated;
    const given = await offered;
    if (given) return { ...given, metadata: { ...given.metadata, attempts } };
    return this.ladder.fallBack({ ...context, ...generated }, caller);
  }

  /** Offers the ladder's answer in place of a model that nobody should wait for, unless it speaks meanwhile. Never rejects. */
  private async offer(
    context: Omit<FallbackRequest, 'signal'>,
    { progress, timings, caller, drills }: AnswerWork,
  ): Promise<Answer | undefined> {
    const { length } = progress;
    const answer = await this.ladder.fallBack(context, caller).catch(() => undefined);
    if (!answer || progress.length !== length) return undefined;
    progress.offer(tellDrills(tellCondensed(context.question, { ...answer, timings }), drills));
    return answer;
  }

  /**
   * Stores a healthy answer. The canary runs before the answer can be found by similar questions: otherwise the ladder
   * would be tested with the very answer that it stands in for.
   */
  private remember(
    { answer, isStopgap }: GeneratedAnswer,
    revision: number | undefined,
    context: FallbackContext,
    { drills }: AnswerWork,
  ): Answer {
    const made = { ...answer, revision };
    const canary = this.ladder.runCanary(context);
    // Made from part of the documents, without the model or only in part, an answer must not outlive its cause; nor one of
    // another model, which says so, the drill of the first.
    const isRehearsed = answer.metadata.attempts.some(
      ({ target, outcome }) => outcome !== 'success' && drills.has(target),
    );
    const isStored =
      !isStopgap &&
      !isRehearsed &&
      !context.retrieved.degraded &&
      this.answers.store(context.question, made, canary);
    return { ...made, isStored };
  }
}

/** The answer with how its question was condensed, where there was a conversation. */
function tellCondensed(question: Question, answer: Answer): Answer {
  const condensed = condensedOf(question);
  return condensed ? { ...answer, metadata: { ...answer.metadata, condensed } } : answer;
}
