import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.ts';
import { CorpusRevisionCache, type KnownCorpus } from '../../postgres/corpus/corpus-revision-cache.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { fingerprintOf } from '../generation/fingerprint.ts';
import { plainMetadata, type Answer } from './answer.ts';
import { documentsOf, type AnswerEntry, type Origin } from './answer-entry.ts';

/** How long an answer stays fresh, how long it may be served at all, in seconds, and the fingerprint of new answers. */
type Limits = Pick<AppConfig['cache'], 'ttlSeconds' | 'staleSeconds'> & { fingerprint: string };

/** Decides which stored answers are fresh, and which may be served, for one tenant at one moment. */
export class FreshnessPolicy {
  /** @param now epoch milliseconds */
  constructor(
    private readonly corpus: KnownCorpus,
    private readonly now: number,
    private readonly limits: Limits,
  ) {}

  /** The tenant's current corpus revision; undefined when it is not known for certain. */
  get revision(): number | undefined {
    return this.corpus.isCertain ? this.corpus.revision : undefined;
  }

  /** Whether the answer is as good as a new one: documents, prompt and targets are unchanged and its TTL has not passed. */
  isFresh(origin: Origin): boolean {
    const isSame = origin.revision === this.revision && origin.fingerprint === this.limits.fingerprint;
    return isSame && this.ageSeconds(origin) < this.limits.ttlSeconds;
  }

  /** Whether the answer may be served at all: it is fresh or not too old, and cites no document deleted since. */
  isServable(entry: AnswerEntry): boolean {
    const isYoung = this.ageSeconds(entry) < this.limits.staleSeconds;
    if (!isYoung && !this.isFresh(entry)) return false;
    return !this.citesDeleted(documentsOf(entry.sources), entry.revision);
  }

  /** Whether one of the documents was deleted after `revision`. */
  citesDeleted(documents: readonly string[], revision: number): boolean {
    return documents.some((id) => this.corpus.deletedSince(id, revision));
  }

  /** The age in whole seconds, and the metadata that describe it. */
  describeAge(origin: Origin) {
    const labels = { cached_at: new Date(origin.created_at).toISOString(), stale: !this.isFresh(origin) };
    return { seconds: Math.floor(this.ageSeconds(origin)), labels };
  }

  /** The stored answer as a response's answer, labelled with its age. */
  toAnswer(entry: AnswerEntry): Answer {
    const { answer, sources, revision, retrieval, reranked, chunks_retrieved, target, model, notice } = entry;
    const { seconds, labels } = this.describeAge(entry);
    const stored = {
      retrieval,
      reranked,
      chunks_retrieved,
      chunks_used: sources.length,
      target,
      model,
      // An answer that was cut off is not stored.
      finish_reason: 'stop' as const,
      notice,
    };
    const metadata = { ...plainMetadata, from_cache: true, ...labels, ...stored };
    return { answer, sources, revision, ageSeconds: seconds, metadata };
  }

  /** An answer dated ahead of this clock counts as that much older: otherwise it would stay fresh until its date comes. */
  private ageSeconds({ created_at }: Pick<Origin, 'created_at'>): number {
    return Math.abs(this.now - created_at) / 1_000;
  }
}

/** Makes the freshness policy of the moment from a tenant's documents, the clock and the configuration. */
@Injectable()
export class Freshness {
  /** Names the prompt and the targets of new answers. */
  readonly fingerprint: string;
  private readonly limits: Limits;

  constructor(
    private readonly corpora: CorpusRevisionCache,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.fingerprint = fingerprintOf(config);
    this.limits = { ...config.cache, fingerprint: this.fingerprint };
  }

  /**
   * The policy of this moment; undefined while nothing is known about the tenant's documents.
   * @throws the signal's reason
   */
  async current(tenantId: string, signal: AbortSignal): Promise<FreshnessPolicy | undefined> {
    const corpus = await this.corpora.current(tenantId, signal);
    return corpus && this.policy(corpus);
  }

  /** The policy as far as this process knows it without a call; undefined when the revision must be read first. */
  currentSync(tenantId: string): FreshnessPolicy | undefined {
    const revision = this.corpora.latest(tenantId);
    // An answer of the current revision cites no deleted document.
    return revision === undefined
      ? undefined
      : this.policy({ revision, isCertain: true, deletedSince: () => false });
  }

  /** Changes whenever this process sees the tenant's documents change. */
  changesSeen(tenantId: string): number {
    return this.corpora.changesSeen(tenantId);
  }

  /** Answers made before this moment are too old to be served, in epoch milliseconds. */
  get oldestServable(): number {
    return this.clock.wall() - this.config.cache.staleSeconds * 1_000;
  }

  /** The moment, in epoch milliseconds. */
  get now(): number {
    return this.clock.wall();
  }

  private policy(corpus: KnownCorpus): FreshnessPolicy {
    return new FreshnessPolicy(corpus, this.clock.wall(), this.limits);
  }
}
