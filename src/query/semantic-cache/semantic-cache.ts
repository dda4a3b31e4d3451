import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import {
  AnsweredQuestionsRepository,
  type AnsweredQuestion,
  type AnsweredQuestionScope,
} from '../../postgres/records/answered-questions.repository.ts';
import { isCallerGone } from '../../resilience/time/deadline.ts';
import type { Answer } from '../answer/answer.ts';
import { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import { answerEntrySchema } from '../answer/answer-entry.ts';
import { Freshness } from '../answer/freshness.ts';
import { filterKey, wordingKey, type Question } from '../answer/question.ts';
import { citedPassages } from '../generation/citations.ts';
import { QuestionEmbedding } from '../retrieval/question-embedding.ts';
import type { RetrievedContext } from '../retrieval/retrieval.ts';
import { asksOtherwise } from '../../text/question-veto.ts';

/** A lookup of earlier questions that was started, and that the next steps await when they need it. */
export interface SimilarLookup {
  /**
   * Finds the answer to a question of the same wording, else of the same meaning, with that question in its metadata: a fresh
   * one where there is one, and never one that cites a document deleted since.
   * @param retrieved what was found for the question now: an answer of the same meaning must rest on these passages
   * @throws what the database or the embedding threw, or the signal's reason
   */
  find(retrieved: RetrievedContext, signal: AbortSignal): Promise<Answer | undefined>;
  /**
   * Finds an answer that may stand in for generation: only where similar answers come first, and only a fresh one. A
   * failure of the lookup counts as no answer.
   * @throws the signal's reason when the caller has gone
   */
  findFresh(retrieved: RetrievedContext, signal: AbortSignal): Promise<Answer | undefined>;
}

/** L4: finds earlier questions of the same wording and, with a learnt embedding model, of the same meaning. */
@Injectable()
export class SemanticCache implements OnApplicationBootstrap {
  private readonly settings: AppConfig['fallback']['semanticCache'];

  constructor(
    private readonly questions: AnsweredQuestionsRepository,
    private readonly embedding: QuestionEmbedding,
    private readonly freshness: Freshness,
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly deadlines: AnswerDeadlines,
  ) {
    this.settings = config.fallback.semanticCache;
  }

  onApplicationBootstrap(): void {
    // Expired rows are never found; rows that cannot be deleted now are deleted with the next answer that is stored.
    void this.questions.deleteOlder(this.freshness.oldestServable).catch(() => undefined);
  }

  /**
   * Starts the lookup for a question that will need it: when no model can be asked, or when similar answers come before
   * generation. Undefined for any other question.
   */
  prefetch(question: Question, expectsFallback: boolean, signal: AbortSignal): SimilarLookup | undefined {
    return expectsFallback || this.comesFirst(question) ? this.startLookup(question, signal) : undefined;
  }

  /** Starts to look up the earlier questions of the same wording. */
  startLookup(question: Question, signal: AbortSignal): SimilarLookup {
    const sameWording = this.findSameWording(question, signal);
    // A failure is thrown by the lookup, where the caller handles it.
    sameWording.catch(() => undefined);
    const find = async (retrieved: RetrievedContext, limit: AbortSignal, mustBeFresh: boolean) => {
      const { tenantId } = question;
      const worded = await this.choose(tenantId, await sameWording, limit);
      if (worded && !(mustBeFresh && worded.metadata.stale)) return worded;
      const candidates = await this.findSameMeaning(question, retrieved, limit);
      const meant = await this.choose(tenantId, candidates, limit);
      return mustBeFresh && meant?.metadata.stale ? undefined : meant;
    };
    return {
      find: (retrieved, limit) => find(retrieved, limit, false),
      findFresh: async (retrieved, caller) => {
        if (!this.comesFirst(question)) return undefined;
        using limit = this.deadlines.startFallback(caller);
        const found = await find(retrieved, limit.signal, true).catch(() => undefined);
        if (isCallerGone(caller)) throw caller.reason;
        if (!found) return undefined;
        const notice = `This is the answer to a similar question: “${found.metadata.matched_question}”`;
        return { ...found, metadata: { ...found.metadata, notice } };
      },
    };
  }

  /** Whether similar answers come before generation. None was made with the parameters that a question brings. */
  private comesFirst({ sampling }: Question): boolean {
    return this.settings.primary && !sampling;
  }

  private async findSameWording(question: Question, signal: AbortSignal): Promise<AnsweredQuestion[]> {
    const wording = wordingKey(question);
    if (wording === undefined || this.settings.maxQuestions === 0) return [];
    return this.questions.findByWording(this.scopeOf(question), wording, signal);
  }

  /** Finds nothing unless the question was embedded for the search, by a learnt model. */
  private async findSameMeaning(
    question: Question,
    { mode, context }: RetrievedContext,
    signal: AbortSignal,
  ): Promise<AnsweredQuestion[]> {
    const { maxQuestions, minSimilarity } = this.settings;
    const isEmbedded = mode === 'hybrid' || mode === 'vector';
    if (!isEmbedded || maxQuestions === 0 || minSimilarity === 1) return [];
    const vector = await this.embedding.embed(question.text, signal);
    if (!vector?.isLearnt) return [];
    const found = new Set(context.map((passage) => passage.chunk_id));
    const near = { ...vector, minSimilarity };
    const nearest = await this.questions.findNearest(this.scopeOf(question), [...found], near, signal);
    return nearest.filter(({ question: earlier, answer }) => {
      if (asksOtherwise(question.text, earlier)) return false;
      const { data: entry } = answerEntrySchema.safeParse(answer);
      return entry && citedPassages(entry).every((passage) => found.has(passage));
    });
  }

  private scopeOf({ tenantId, filter }: Question): AnsweredQuestionScope {
    return { tenantId, scope: filterKey(filter), since: this.freshness.oldestServable };
  }

  /** The first fresh answer, else the first servable one. */
  private async choose(
    tenantId: string,
    candidates: AnsweredQuestion[],
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    const policy = candidates.length > 0 ? await this.freshness.current(tenantId, signal) : undefined;
    if (!policy) return undefined;
    const servable = candidates.flatMap(({ question, answer }): Answer[] => {
      const { data: entry } = answerEntrySchema.safeParse(answer);
      if (!entry || !policy.isServable(entry)) return [];
      const stored = policy.toAnswer(entry);
      return [{ ...stored, metadata: { ...stored.metadata, matched_question: question } }];
    });
    return servable.find(({ metadata }) => !metadata.stale) ?? servable[0];
  }
}
