import { Inject, Injectable } from '@nestjs/common';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cache } from '../../cache/cache.ts';
import { Caches } from '../../cache/caches.ts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { isLater } from '../../postgres/corpus/corpus-revision.ts';
import type { Answer } from '../answer/answer.ts';
import { answerEntrySchema, documentsOf, toEntry, type AnswerEntry } from '../answer/answer-entry.ts';
import { Freshness, type FreshnessPolicy } from '../answer/freshness.ts';
import { answerKeys, condensedOf, type Question } from '../answer/question.ts';
import { SemanticCache, type SimilarLookup } from '../semantic-cache/semantic-cache.ts';
import { SemanticCacheWriter } from '../semantic-cache/semantic-cache-writer.ts';

/** What the caches know about a question. */
export interface CachedAnswers {
  /** The current revision of the tenant's documents; undefined when it is not known for certain. */
  revision: number | undefined;
  /** The last answer, while it is as good as a new one. */
  fresh?: Answer | undefined;
  /** The last answer once it is no longer fresh, as long as it may be served. */
  stale?: Answer | undefined;
  /** The lookup of answers to similar questions, when it was started. */
  similar?: SimilarLookup | undefined;
}

/** The stored answers: the last one to each question (L1), and through the semantic cache those to similar questions. */
@Injectable()
export class AnswerCache {
  private readonly cache: Cache<AnswerEntry>;
  /** Answers that are yet to be stored for similar questions. */
  private adding = 0;

  constructor(
    caches: Caches,
    private readonly freshness: Freshness,
    private readonly semanticCache: SemanticCache,
    private readonly writer: SemanticCacheWriter,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    this.cache = caches.create('answers', answerEntrySchema, ({ sources, revision }) => {
      return { documents: documentsOf(sources), revision };
    });
  }

  /** Whether no answer is yet to be stored for similar questions. */
  get isAtRest(): boolean {
    return this.adding === 0;
  }

  /** The fresh answer that this process has in memory. Makes no call. */
  getFresh(question: Question): Answer | undefined {
    if (question.caching) return undefined;
    const policy = this.freshness.currentSync(question.tenantId);
    if (!policy) return undefined;
    for (const key of answerKeys(question)) {
      const entry = this.cache.peekFresh(key, (known) => policy.isFresh(known));
      if (entry) return toAnswer(entry, policy, question);
    }
    return undefined;
  }

  /**
   * Looks up the last answer to a question; `stale` also has a fresh one that the caller does not want. Never returns one that cites a document deleted since.
   * @param expectsFallback whether no model can be asked: answers to similar questions are then looked up ahead of the ladder
   * @throws the signal's reason
   */
  async lookup(question: Question, expectsFallback: boolean, signal: AbortSignal): Promise<CachedAnswers> {
    const policy = await this.freshness.current(question.tenantId, signal);
    if (!policy) return { revision: undefined };
    const { revision } = policy;
    let stale: Answer | undefined;
    for (const key of answerKeys(question)) {
      const entry = await this.cache.get(key, {
        accept: (known) => policy.isFresh(known),
        isUsable: (known) => policy.isServable(known),
        signal,
      });
      if (!entry || !policy.isServable(entry)) continue;
      const answer = toAnswer(entry, policy, question);
      if (policy.isFresh(entry) && !question.caching) return { revision, fresh: answer };
      stale ??= answer;
    }
    const isLadderEnough = expectsFallback && stale !== undefined;
    // Without a revision the database is out, and the lookup would fail.
    const similar =
      revision === undefined || isLadderEnough
        ? undefined
        : this.semanticCache.prefetch(question, expectsFallback, signal);
    return { revision, stale, similar };
  }

  /**
   * Stores a healthy answer. An answer without a revision is not stored, nor is one older than what is stored.
   * @param ready resolves when the answer may be found by similar questions; never rejects
   * @returns whether the answer is stored
   */
  store(question: Question, answer: Answer, ready: Promise<void>): boolean {
    if (question.caching === 'no-store') return false;
    const [key, sharedKey] = answerKeys(question);
    const condensed = sharedKey === undefined ? null : (condensedOf(question) ?? null);
    const told = { ...answer, metadata: { ...answer.metadata, condensed } };
    const entry = toEntry(told, this.freshness.now, this.freshness.fingerprint);
    const known = this.cache.getSync(key);
    if (!entry || (known && isLater(known.revision, entry.revision))) return false;
    const isHeld = this.cache.hold(key, entry, this.config.cache.keepSeconds * 1_000);
    // Others, who chose no parameters, would find it.
    const isForAll = sharedKey === undefined && !question.sampling;
    if (isHeld && isForAll) void this.addToSimilar(question, entry, ready);
    return isHeld;
  }

  /** Stores the answer for similar questions once the response is sent. Never rejects. */
  private async addToSimilar(question: Question, entry: AnswerEntry, ready: Promise<void>): Promise<void> {
    this.adding++;
    try {
      await ready;
      await nextTurn();
    } finally {
      this.adding--;
    }
    this.writer.add(question, entry);
  }
}

function toAnswer(entry: AnswerEntry, policy: FreshnessPolicy, question: Question): Answer {
  const answer = policy.toAnswer(entry);
  const condensed = condensedOf(question) ?? entry.condensed;
  return { ...answer, metadata: { ...answer.metadata, condensed } };
}
