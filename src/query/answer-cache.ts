import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import type { Cache } from '../cache/cache.ts';
import { Caches } from '../cache/caches.ts';
import { Flights } from '../cache/flights.ts';
import { APP_CONFIG, type AppConfig } from '../config/app-config.ts';
import { CorpusRevisions } from '../postgres/corpus-revisions.ts';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { plainMetadata, type Answer } from './answer.ts';
import { questionKey, type Question } from './question.ts';

const entrySchema = z.object({
  answer: z.string(),
  sources: z.array(
    z.object({
      number: z.number(),
      document_id: z.string(),
      chunk_id: z.string(),
      title: z.string().nullable(),
      url: z.string().nullable(),
      heading: z.string().nullable(),
      excerpt: z.string(),
      highlights: z.array(z.object({ start: z.int(), end: z.int() })).default([]),
      score: z.number(),
    }),
  ),
  retrieval: z.enum(['hybrid', 'vector', 'lexical']),
  chunks_retrieved: z.number(),
  target: z.string(),
  model: z.string(),
  revision: z.number(),
  created_at: z.number(),
});
type Entry = z.infer<typeof entrySchema>;

/** What the cache knows of a question. */
export interface Remembered {
  /** The revision of the tenant's documents now, if known. */
  revision: number | undefined;
  /** The last answer that may still be shown, and whether it is as good as a new one. */
  answer?: Answer;
  fresh: boolean;
}

/** L1: healthy answers. Fresh while the documents are unchanged and the time runs; stale until the age limit. */
@Injectable()
export class AnswerCache implements OnApplicationBootstrap {
  private readonly cache: Cache<Entry>;
  private readonly flights = new Flights<Answer>();

  constructor(
    caches: Caches,
    private readonly corpora: CorpusRevisions,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.cache = caches.create('answers', entrySchema);
  }

  onApplicationBootstrap(): void {
    void this.corpora.forgetDeletions(this.config.cache.staleSeconds);
  }

  /** Lets everyone who asks the same question at the same time share what `produce` gives. */
  once(
    question: Question,
    produce: (signal: AbortSignal) => Promise<Answer>,
    caller: AbortSignal,
  ): Promise<Answer> {
    return this.flights.join(questionKey(question), produce, caller);
  }

  /** A fresh answer that this process has at hand; asks nobody, and so needs neither deadline nor flight. */
  async peek(question: Question): Promise<Answer | undefined> {
    const revision = this.corpora.latest(question.tenantId);
    if (revision === undefined) return undefined;
    const isFresh = (entry: Entry) => this.isFresh(entry, revision);
    const entry = await this.cache.peek(questionKey(question), isFresh);
    return entry && this.show(entry, true);
  }

  /** The last answer to this question; never one that shows a document deleted since. */
  async find(question: Question, signal: AbortSignal): Promise<Remembered> {
    const corpus = await this.corpora.current(question.tenantId, signal);
    const revision = corpus?.revision;
    if (!corpus) return { revision, fresh: false };
    const isFresh = (entry: Entry) => this.isFresh(entry, corpus.revision);
    const entry = await this.cache.get(questionKey(question), { accept: isFresh, signal });
    if (!entry || this.ageSeconds(entry) >= this.config.cache.staleSeconds) return { revision, fresh: false };
    const gone = entry.sources.some((source) => corpus.deletedSince(source.document_id, entry.revision));
    if (gone) return { revision, fresh: false };
    const fresh = isFresh(entry);
    return { revision, answer: this.show(entry, fresh), fresh };
  }

  /** Remembers a healthy answer; one that does not say from which revision of the documents it was made is not kept. */
  store(question: Question, { revision, ...answer }: Answer): void {
    const { retrieval, target, model, chunks_retrieved } = answer.metadata;
    if (revision === undefined || retrieval === 'none' || target === null || model === null) return;
    const { sources } = answer;
    const created_at = this.clock.wall();
    void this.cache.set(
      questionKey(question),
      { answer: answer.answer, sources, retrieval, chunks_retrieved, target, model, revision, created_at },
      this.config.cache.staleSeconds * 1_000,
    );
  }

  private isFresh(entry: Entry, revision: number): boolean {
    return entry.revision === revision && this.ageSeconds(entry) < this.config.cache.ttlSeconds;
  }

  private ageSeconds(entry: Entry): number {
    return Math.max(0, (this.clock.wall() - entry.created_at) / 1_000);
  }

  private show(entry: Entry, fresh: boolean): Answer {
    const { answer, sources, retrieval, chunks_retrieved, target, model, revision } = entry;
    return {
      answer,
      sources,
      revision,
      ageSeconds: Math.floor(this.ageSeconds(entry)),
      metadata: {
        ...plainMetadata,
        from_cache: true,
        cached_at: new Date(entry.created_at).toISOString(),
        stale: !fresh,
        retrieval,
        chunks_retrieved,
        chunks_used: sources.length,
        target,
        model,
      },
    };
  }
}
