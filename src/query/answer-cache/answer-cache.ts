import { Inject, Injectable } from '@nestjs/common';
import type { Cache } from '../../cache/cache.ts';
import { Caches } from '../../cache/caches.ts';
import { SingleFlight } from '../../resilience/limits/single-flight.ts';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { isLater } from '../../postgres/corpus/corpus-revision.ts';
import { CorpusRevisionCache } from '../../postgres/corpus/corpus-revision-cache.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { CLOCK } from '../../resilience/resilience.module.ts';
import type { Answer } from '../answer/answer.ts';
import {
  answerEntrySchema,
  isFresh,
  isServable,
  toAnswer,
  toEntry,
  type AnswerEntry,
} from './answer-entry.ts';
import { fingerprintOf } from '../generation/fingerprint.ts';
import { questionKey, type Question } from '../answer/question.ts';

/** What the cache knows of a question. */
export interface Remembered {
  /** The revision of the tenant's documents now, if known for certain. */
  revision: number | undefined;
  /** The last answer that may still be shown, and whether it is as good as a new one. */
  answer?: Answer;
  fresh: boolean;
}

/** L1: healthy answers. Fresh while the documents are unchanged and the time runs; stale until the age limit. */
@Injectable()
export class AnswerCache {
  private readonly cache: Cache<AnswerEntry>;
  private readonly flights = new SingleFlight<Answer>();
  private readonly fingerprint: string;

  constructor(
    caches: Caches,
    private readonly corpora: CorpusRevisionCache,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.cache = caches.create('answers', answerEntrySchema);
    this.fingerprint = fingerprintOf(config);
  }

  /**
   * Lets everyone who asks the same question at the same time share what `produce` gives; but not what began before the
   * documents changed.
   */
  once(
    question: Question,
    produce: (signal: AbortSignal) => Promise<Answer>,
    caller: AbortSignal,
  ): Promise<Answer> {
    const changes = this.corpora.changesSeen(question.tenantId);
    return this.flights.run(`${changes}:${questionKey(question)}`, produce, caller);
  }

  /** A fresh answer that this process has at hand; asks nobody, and so needs neither deadline nor flight. */
  peek(question: Question): Answer | undefined {
    const revision = this.corpora.latest(question.tenantId);
    if (revision === undefined) return undefined;
    const corpus = { revision, isCertain: true };
    const entry = this.cache.peekFresh(questionKey(question), (known) =>
      isFresh(known, corpus, this.judgement),
    );
    return entry && toAnswer(entry, true, this.clock.wall());
  }

  /** The last answer to this question; never one that shows a document deleted since. */
  async find(question: Question, signal: AbortSignal): Promise<Remembered> {
    const corpus = await this.corpora.current(question.tenantId, signal);
    if (!corpus) return { revision: undefined, fresh: false };
    // What is made now must not pass for made from documents that are only said to be the same.
    const revision = corpus.isCertain ? corpus.revision : undefined;
    const accept = (known: AnswerEntry) => isFresh(known, corpus, this.judgement);
    const isUsable = (known: AnswerEntry) => isServable(known, corpus, this.judgement);
    const entry = await this.cache.get(questionKey(question), { accept, isUsable, signal });
    if (!entry || !isUsable(entry)) return { revision, fresh: false };
    const fresh = accept(entry);
    return { revision, answer: toAnswer(entry, fresh, this.clock.wall()), fresh };
  }

  /**
   * Remembers a healthy answer. One that does not say from which revision of the documents it was made is not kept, nor one
   * that took so long that there is an answer from a later revision.
   * @returns what is remembered; undefined when nothing is. Never rejects
   */
  async store(question: Question, answer: Answer): Promise<AnswerEntry | undefined> {
    const key = questionKey(question);
    const entry = toEntry(answer, this.clock.wall(), this.fingerprint);
    const known = this.cache.getSync(key);
    if (!entry || (known && isLater(known.revision, entry.revision))) return undefined;
    const isHeld = await this.cache.hold(key, entry, this.config.cache.keepSeconds * 1_000);
    return isHeld ? entry : undefined;
  }

  private get judgement() {
    return { now: this.clock.wall(), fingerprint: this.fingerprint, ...this.config.cache };
  }
}
