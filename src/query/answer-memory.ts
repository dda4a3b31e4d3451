import { Inject, Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { causeOf } from '../errors/cause-of.ts';
import { isCallerGone, startDeadline } from '../resilience/abort.ts';
import { LogSampler } from '../telemetry/log-sampler.ts';
import { LOGGER } from '../telemetry/logger.ts';
import type { Answer } from './answer.ts';
import { AnswerCache, type Remembered } from './answer-cache.ts';
import type { RetrievalMode } from './passage-search.ts';
import { QUERY_TIME, type QueryTime } from './query-time.ts';
import type { Question } from './question.ts';
import { SemanticCache } from './semantic-cache.ts';
import { SemanticCacheWriter } from './semantic-cache-writer.ts';

/** Every answer that is remembered: the last one to each question, and those to similar ones. */
@Injectable()
export class AnswerMemory {
  private readonly sampler: LogSampler;

  constructor(
    private readonly last: AnswerCache,
    private readonly similar: SemanticCache,
    private readonly writer: SemanticCacheWriter,
    @Inject(QUERY_TIME) private readonly time: QueryTime,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.sampler = new LogSampler(logger, () => time.clock.now());
  }

  /** As AnswerCache.peek. */
  peek(question: Question): Answer | undefined {
    return this.last.peek(question);
  }

  /** As AnswerCache.once. */
  once(
    question: Question,
    produce: (signal: AbortSignal) => Promise<Answer>,
    caller: AbortSignal,
  ): Promise<Answer> {
    return this.last.once(question, produce, caller);
  }

  /** As AnswerCache.find. */
  find(question: Question, signal: AbortSignal): Promise<Remembered> {
    return this.last.find(question, signal);
  }

  /**
   * Begins to look for an answer to a similar question where one will be wanted: when no target would be asked, or the
   * semantic cache comes before generation.
   */
  expectSimilar(question: Question, isOut: boolean, signal: AbortSignal): void {
    if (isOut || this.similar.isPrimary) this.similar.begin(question, signal);
  }

  /**
   * Where the semantic cache comes before generation, its fresh answer. Costs no more than the rungs of the ladder do,
   * and what fails there is no answer.
   * @throws the signal's reason when the caller has gone
   */
  async findSimilar(
    question: Question,
    mode: RetrievalMode,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    if (!this.similar.isPrimary) return undefined;
    const limit = startDeadline(this.time.clock, this.time.rungsMs, signal);
    const found = await this.similar.find(question, mode, limit.signal).catch((error: unknown) => {
      const line = { event: 'rung_failed', source: 'semantic_cache', timed_out: limit.signal.aborted };
      const cause = causeOf(error);
      if (!isCallerGone(signal)) this.sampler.write('warn', cause.name, { ...line, cause });
      return undefined;
    });
    limit.clear();
    if (isCallerGone(signal)) throw signal.reason;
    if (!found?.fresh) return undefined;
    const { answer, question: matched } = found;
    const notice = `This is the answer to a similar question: “${matched}”`;
    return { ...answer, metadata: { ...answer.metadata, matched_question: matched, notice } };
  }

  /**
   * Remembers a healthy answer that says from which revision of the documents it was made.
   * @param exercised resolves when the ladder, which must not find this very answer, is no longer exercised with it
   * @returns whether it is kept, as AnswerCache.store
   */
  store(question: Question, answer: Answer, exercised: Promise<void>): boolean {
    const entry = this.last.store(question, answer);
    // The response goes first.
    if (entry) void exercised.then(() => nextTurn()).then(() => this.writer.add(question, entry));
    return entry !== undefined;
  }
}
