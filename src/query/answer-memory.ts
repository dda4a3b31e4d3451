import { Inject, Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { isCallerGone, startDeadline } from '../resilience/time/deadline.ts';
import type { Answer } from './answer/answer.ts';
import { AnswerCache, type Remembered } from './answer-cache/answer-cache.ts';
import type { AnswerEntry } from './answer-cache/answer-entry.ts';
import type { RetrievalMode } from './retrieval/passage-search.ts';
import { ANSWER_DEADLINES, type AnswerDeadlines } from './answer/answer-deadlines.ts';
import type { Question } from './answer/question.ts';
import { SemanticCache } from './semantic-cache/semantic-cache.ts';
import { SemanticCacheWriter } from './semantic-cache/semantic-cache-writer.ts';

/** Every answer that is remembered: the last one to each question, and those to similar ones. */
@Injectable()
export class AnswerMemory {
  constructor(
    private readonly last: AnswerCache,
    private readonly similar: SemanticCache,
    private readonly writer: SemanticCacheWriter,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(ANSWER_DEADLINES) private readonly time: AnswerDeadlines,
  ) {}

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
    if (isOut || this.config.fallback.semanticCache.primary) this.similar.begin(question, signal);
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
    if (!this.config.fallback.semanticCache.primary) return undefined;
    const limit = startDeadline(this.time.clock, this.time.fallbackMs, signal);
    const found = await this.similar.find(question, mode, limit.signal).catch(() => undefined);
    limit.clear();
    if (isCallerGone(signal)) throw signal.reason;
    if (!found?.fresh) return undefined;
    const { answer, question: matched } = found;
    const notice = `This is the answer to a similar question: “${matched}”`;
    return { ...answer, metadata: { ...answer.metadata, matched_question: matched, notice } };
  }

  /**
   * Remembers a healthy answer that says from which revision of the documents it was made.
   * @param exercised resolves when the ladder, which must not find this very answer, is no longer exercised with it; never
   *   rejects
   * @returns whether it is kept, as AnswerCache.store
   */
  async store(question: Question, answer: Answer, exercised: Promise<void>): Promise<boolean> {
    const entry = await this.last.store(question, answer);
    if (entry) void this.keepForSimilar(question, entry, exercised);
    return entry !== undefined;
  }

  /** The response goes first. Never rejects. */
  private async keepForSimilar(
    question: Question,
    entry: AnswerEntry,
    exercised: Promise<void>,
  ): Promise<void> {
    await exercised;
    await nextTurn();
    this.writer.add(question, entry);
  }
}
