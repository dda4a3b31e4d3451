import { Inject, Injectable } from '@nestjs/common';
import { EmbeddingsRepository, type EmbeddingModel } from '../postgres/embeddings.repository.ts';
import { SearchRepository, type Passage, type SearchScope } from '../postgres/search.repository.ts';
import { isCallerGone } from '../resilience/abort.ts';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { EmbeddingTargets } from '../targets/embedding-targets.ts';
import { fuseRankings } from './fusion.ts';
import { QuestionEmbedding } from './question-embedding.ts';
import { time, type Timings } from './timings.ts';

/** How passages were found. */
export type RetrievalMode = 'hybrid' | 'vector' | 'lexical' | 'none';

/** What a search found; `failure` is why, when no way of searching worked. */
export interface SearchResult {
  mode: RetrievalMode;
  passages: Passage[];
  /** Not every way of searching that was asked for worked. */
  degraded: boolean;
  failure?: unknown;
}

/** Searches by words and by meaning at once, and goes on with what is left when one of them fails. */
@Injectable()
export class PassageSearch {
  private model: EmbeddingModel | undefined;

  constructor(
    private readonly embedding: QuestionEmbedding,
    private readonly targets: EmbeddingTargets,
    private readonly models: EmbeddingsRepository,
    private readonly repository: SearchRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Never fails for an outage: says in its result how it searched.
   * @throws the signal's reason when the caller has gone
   */
  async search(
    question: string,
    scope: SearchScope,
    wanted: 'hybrid' | 'vector' | 'lexical',
    timings: Timings,
    signal: AbortSignal,
  ): Promise<SearchResult> {
    const legs = await Promise.allSettled([
      wanted === 'vector' ? undefined : this.byWords(question, scope, timings, signal),
      wanted === 'lexical' ? undefined : this.byMeaning(question, scope, timings, signal),
    ]);
    if (isCallerGone(signal)) throw signal.reason;
    const [words, meaning] = legs.map((leg) => (leg.status === 'fulfilled' ? leg.value : undefined));
    const failure = legs.find((leg) => leg.status === 'rejected');
    const degraded = failure !== undefined;
    if (words && meaning)
      return { mode: 'hybrid', passages: fuseRankings([words, meaning]).slice(0, scope.limit), degraded };
    if (words) return { mode: 'lexical', passages: words, degraded };
    if (meaning) return { mode: 'vector', passages: meaning, degraded };
    return { mode: 'none', passages: [], degraded, failure: failure?.reason };
  }

  private byWords(question: string, scope: SearchScope, timings: Timings, signal: AbortSignal) {
    return time(this.clock, timings, 'search', () => this.repository.searchText(question, scope, signal));
  }

  /** Undefined when there is no vector to compare with yet. */
  private async byMeaning(question: string, scope: SearchScope, timings: Timings, signal: AbortSignal) {
    this.model ??= await this.models.findModel(this.targets.model, signal);
    const { model } = this;
    if (!model) return undefined;
    const vector = await time(this.clock, timings, 'embed', () => this.embedding.embed(question, signal));
    const found = await time(this.clock, timings, 'search', () =>
      this.repository.searchVector(vector, model, scope, signal),
    );
    return found.filter((passage) => passage.score >= this.targets.minSimilarity);
  }
}
