import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import {
  AnsweredQuestionsRepository,
  type AnsweredQuestion,
} from '../../postgres/records/answered-questions.repository.ts';
import { isCallerGone } from '../../resilience/time/deadline.ts';
import type { Answer, RetrievalMode } from '../answer/answer.ts';
import { AnswerDeadlines } from '../answer/answer-deadlines.ts';
import { answerEntrySchema } from '../answer/answer-entry.ts';
import { Freshness } from '../answer/freshness.ts';
import { filterKey, type Question } from '../answer/question.ts';
import { QuestionEmbedding } from '../retrieval/question-embedding.ts';
import { asksTheSame } from './question-match.ts';
import { formKey, readForm, type QuestionForm } from './question-parse.ts';

/** An answer that was given to a question with the same wording or nearly so. */
export interface SimilarAnswer {
  /** Labelled as a cached answer. */
  answer: Answer;
  fresh: boolean;
  /** The question that it was given to. */
  question: string;
}

/**
 * Questions whose vectors are less similar than this are never taken for the same. Raising it finds fewer questions;
 * it cannot be the only test, because different questions about one paragraph reach 0.98 (docs/semantic-cache.md).
 */
const MIN_SIMILARITY = 0.7;

/** A lookup of earlier questions that was started, and that the next steps await when they need it. */
export interface SimilarLookup {
  /**
   * Finds the answer to a question that asks the same; a fresh one if there is one. Never one that cites a document
   * deleted since.
   * @param mode how the question's passages were found: tells whether its vector is cached
   * @throws what the database or the embedding threw, or the signal's reason
   */
  find(mode: RetrievalMode, signal: AbortSignal): Promise<SimilarAnswer | undefined>;
  /**
   * Finds an answer to a similar question that may stand in for generation: only where similar answers come first, and
   * only a fresh one. A failure of the lookup counts as no answer.
   * @throws the signal's reason when the caller has gone
   */
  findFresh(mode: RetrievalMode, signal: AbortSignal): Promise<Answer | undefined>;
}

/** L4: finds earlier questions that ask the same, by their words and by their vectors. */
@Injectable()
export class SemanticCache implements OnApplicationBootstrap {
  constructor(
    private readonly questions: AnsweredQuestionsRepository,
    private readonly embedding: QuestionEmbedding,
    private readonly freshness: Freshness,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly deadlines: AnswerDeadlines,
  ) {}

  onApplicationBootstrap(): void {
    // Expired rows are never found; rows that cannot be deleted now are deleted with the next answer that is stored.
    void this.questions.deleteOlder(this.freshness.oldestServable).catch(() => undefined);
  }

  /**
   * Starts the lookup for a question that will need it: when no model can be asked, or when similar answers come before
   * generation. Undefined for any other question.
   */
  prefetch(question: Question, expectsFallback: boolean, signal: AbortSignal): SimilarLookup | undefined {
    return expectsFallback || this.isPrimary ? this.startLookup(question, signal) : undefined;
  }

  /** Starts to look up the earlier questions with the same words. */
  startLookup(question: Question, signal: AbortSignal): SimilarLookup {
    const form = readForm(question.text);
    const candidates = this.findCandidates(question, form, signal);
    // A failure is thrown by `find`, where the caller handles it.
    candidates.catch(() => undefined);
    const find: SimilarLookup['find'] = async (mode, findSignal) => {
      const found = await candidates;
      // Most questions have no candidates, so nothing is compared before.
      if (found.length === 0) return undefined;
      const hasVector = mode === 'hybrid' || mode === 'vector';
      const near = hasVector ? await this.keepNear(found, question, findSignal) : found;
      return this.choose(near, form, question.tenantId, findSignal);
    };
    return { find, findFresh: (mode, findSignal) => this.findFresh(find, mode, findSignal) };
  }

  private async findFresh(
    find: SimilarLookup['find'],
    mode: RetrievalMode,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    if (!this.isPrimary) return undefined;
    using limit = this.deadlines.startFallback(signal);
    const found = await find(mode, limit.signal).catch(() => undefined);
    if (isCallerGone(signal)) throw signal.reason;
    if (!found?.fresh) return undefined;
    const { answer, question: matched } = found;
    const notice = `This is the answer to a similar question: “${matched}”`;
    return { ...answer, metadata: { ...answer.metadata, matched_question: matched, notice } };
  }

  private async findCandidates(
    { tenantId, filter }: Question,
    form: QuestionForm,
    signal: AbortSignal,
  ): Promise<AnsweredQuestion[]> {
    const key = formKey(form);
    if (key === undefined || this.config.fallback.semanticCache.maxQuestions === 0) return [];
    const scope = { tenantId, scope: filterKey(filter), since: this.freshness.oldestServable };
    return this.questions.findByForm(scope, key, signal);
  }

  private get isPrimary(): boolean {
    return this.config.fallback.semanticCache.primary;
  }

  /** Drops the candidates whose vectors are too far from the question's. A candidate without a vector stays. */
  private async keepNear(
    candidates: AnsweredQuestion[],
    { tenantId, text }: Question,
    signal: AbortSignal,
  ): Promise<AnsweredQuestion[]> {
    const vector = await this.embedding.embed(text, signal);
    if (!vector) return candidates;
    const keys = candidates.map(({ key }) => key);
    const similarities = await this.questions.similarities(tenantId, keys, vector, signal);
    return candidates.filter(({ key }) => (similarities.get(key) ?? 1) >= MIN_SIMILARITY);
  }

  /** The first fresh answer, else the first servable one, of the candidates that ask the same; none when bare keywords are ambiguous. */
  private async choose(
    candidates: AnsweredQuestion[],
    asked: QuestionForm,
    tenantId: string,
    signal: AbortSignal,
  ): Promise<SimilarAnswer | undefined> {
    const same = candidates
      .map((candidate) => ({ ...candidate, form: readForm(candidate.question) }))
      .filter(({ form }) => asksTheSame(asked, form));
    if (new Set(same.map(({ form }) => form.asks.join())).size !== 1) return undefined;
    const policy = await this.freshness.current(tenantId, signal);
    if (!policy) return undefined;
    const servable = same.flatMap(({ question, answer }): SimilarAnswer[] => {
      const { data: entry } = answerEntrySchema.safeParse(answer);
      if (!entry || !policy.isServable(entry)) return [];
      return [{ answer: policy.toAnswer(entry), fresh: policy.isFresh(entry), question }];
    });
    return servable.find(({ fresh }) => fresh) ?? servable[0];
  }
}
