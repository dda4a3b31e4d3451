import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { CorpusRevisionCache } from '../../postgres/corpus/corpus-revision-cache.ts';
import {
  AnsweredQuestionsRepository,
  type AnsweredQuestion,
  type AnsweredQuestionScope,
} from '../../postgres/records/answered-questions.repository.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { CLOCK } from '../../resilience/resilience.module.ts';
import type { Answer } from '../answer/answer.ts';
import { answerEntrySchema, isFresh, isServable, toAnswer } from '../answer-cache/answer-entry.ts';
import { fingerprintOf } from '../generation/fingerprint.ts';
import type { RetrievalMode } from '../retrieval/passage-search.ts';
import { formKey, readForm, type QuestionForm } from './question-parse.ts';
import { QuestionEmbedding } from '../retrieval/question-embedding.ts';
import { asksTheSame } from './question-match.ts';
import { filterKey, type Question } from '../answer/question.ts';

/** An answer that was given to a question that means nearly the same. */
export interface SimilarAnswer {
  /** Labelled as a cached one. */
  answer: Answer;
  fresh: boolean;
  /** The question it was given to. */
  question: string;
}

/**
 * Two questions whose vectors are further apart are not the same, whatever their words. Not enough by itself: different
 * questions over one paragraph come as near as 0.98. Measured in docs/semantic-cache.md.
 */
const MIN_SIMILARITY = 0.7;

/** What `find` compares. */
interface Lookup {
  form: QuestionForm;
  candidates: Promise<AnsweredQuestion[]>;
}

/** L4: finds earlier questions with nearly the same meaning, by their words and by their vectors. */
@Injectable()
export class SemanticCache implements OnApplicationBootstrap {
  private readonly begun = new WeakMap<Question, Lookup>();
  private readonly fingerprint: string;

  constructor(
    private readonly earlier: AnsweredQuestionsRepository,
    private readonly embedding: QuestionEmbedding,
    private readonly corpora: CorpusRevisionCache,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.fingerprint = fingerprintOf(config);
  }

  onApplicationBootstrap(): void {
    // Never found again; what cannot be cleared away now is with the next answer that is kept.
    void this.earlier.deleteOlder(this.since).catch(() => undefined);
  }

  /** Begins what `find` does first, so that it does not wait for it; what fails, `find` throws. */
  begin(question: Question, signal: AbortSignal): void {
    const lookup = this.lookUp(question, signal);
    lookup.candidates.catch(() => undefined);
    this.begun.set(question, lookup);
  }

  /**
   * The answer to such a question; a fresh one if there is one. Never one that shows a document deleted since.
   * @param mode how the question's passages were found: tells whether its vector is at hand
   * @throws what the database or the embedding threw, or the signal's reason
   */
  async find(
    question: Question,
    mode: RetrievalMode,
    signal: AbortSignal,
  ): Promise<SimilarAnswer | undefined> {
    const { form, candidates: found } = this.begun.get(question) ?? this.lookUp(question, signal);
    const candidates = await found;
    // Most questions end here, so nothing is compared before.
    if (candidates.length === 0) return undefined;
    const hasVector = mode === 'hybrid' || mode === 'vector';
    const near = hasVector ? await this.keepNear(candidates, question.text, signal) : candidates;
    return this.choose(near, form, question.tenantId, signal);
  }

  private lookUp({ text, tenantId, filter }: Question, signal: AbortSignal): Lookup {
    const form = readForm(text);
    const key = formKey(form);
    const isOff = key === undefined || this.config.fallback.semanticCache.maxQuestions === 0;
    const scope: AnsweredQuestionScope = { tenantId, scope: filterKey(filter), since: this.since };
    return { form, candidates: isOff ? Promise.resolve([]) : this.earlier.findByForm(scope, key, signal) };
  }

  /** Those that are not far off; one without a vector may be near. */
  private async keepNear(
    candidates: AnsweredQuestion[],
    question: string,
    signal: AbortSignal,
  ): Promise<AnsweredQuestion[]> {
    const vector = await this.embedding.embed(question, signal);
    if (!vector) return candidates;
    const ids = candidates.map(({ id }) => id);
    const similarities = await this.earlier.similarities(ids, vector, signal);
    return candidates.filter(({ id }) => (similarities.get(id) ?? 1) >= MIN_SIMILARITY);
  }

  /** What was answered before is too old to be shown; epoch milliseconds. */
  private get since(): number {
    return this.clock.wall() - this.config.cache.staleSeconds * 1_000;
  }

  /** The first fresh one, else the first, of those that ask the same; none when bare keywords could mean several. */
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
    const corpus = await this.corpora.current(tenantId, signal);
    if (!corpus) return undefined;
    const now = this.clock.wall();
    const judgement = { now, fingerprint: this.fingerprint, ...this.config.cache };
    const showable = same.flatMap(({ question, answer }): SimilarAnswer[] => {
      const { data: entry } = answerEntrySchema.safeParse(answer);
      if (!entry || !isServable(entry, corpus, judgement)) return [];
      const fresh = isFresh(entry, corpus, judgement);
      return [{ answer: toAnswer(entry, fresh, now), fresh, question }];
    });
    return showable.find(({ fresh }) => fresh) ?? showable[0];
  }
}
