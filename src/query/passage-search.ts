import { Inject, Injectable } from '@nestjs/common';
import { SearchRepository, type Passage, type SearchScope } from '../postgres/search.repository.ts';
import { isCallerGone } from '../resilience/abort.ts';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { fuse, type Findings } from './fusion.ts';
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

/** Each search looks so deep at least: what the other one puts forward may stand further down. */
const MIN_DEPTH = 24;

/** Without any the vector of a question means nothing, and yet some documents are nearest to it. */
const WORD = /[\p{L}\p{N}]/u;

/** Searches by words and by meaning at once, and goes on with what is left when one of them fails. */
@Injectable()
export class PassageSearch {
  constructor(
    private readonly embedding: QuestionEmbedding,
    private readonly serving: ServingModel,
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
    const depth = { ...scope, limit: Math.max(scope.limit, MIN_DEPTH) };
    const searched = wanted === 'vector' ? undefined : this.byWords(question, depth, timings, signal);
    const legs = await Promise.allSettled([
      searched,
      wanted === 'lexical' ? undefined : this.byMeaning(question, depth, searched, timings, signal),
    ]);
    if (isCallerGone(signal)) throw signal.reason;
    const [words, meaning] = legs;
    const failure = legs.find((leg) => leg.status === 'rejected');
    const found = combine(valueOf(words), valueOf(meaning));
    const passages = found.passages.slice(0, scope.limit);
    const why = found.mode === 'none' ? { failure: failure?.reason as unknown } : {};
    return { mode: found.mode, passages, degraded: failure !== undefined, ...why };
  }

  private byWords(question: string, scope: SearchScope, timings: Timings, signal: AbortSignal) {
    return time(this.clock, timings, 'search', () => this.repository.searchText(question, scope, signal));
  }

  /** Undefined when there is no vector to compare with yet; nothing for a question without any word. What was found by words is compared, too. */
  private async byMeaning(
    question: string,
    scope: SearchScope,
    searched: Promise<Passage[]> | undefined,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<Omit<Findings, 'words'> | undefined> {
    const current = await this.serving.current(signal);
    if (!current) return undefined;
    const { model, targets } = current;
    const { minSimilarity } = targets;
    if (!WORD.test(question)) return { meaning: [], similarities: new Map(), minSimilarity };
    const vector = await time(this.clock, timings, 'embed', () =>
      this.embedding.embed(targets, question, signal),
    );
    return time(this.clock, timings, 'search', async () => {
      const nearest = await this.repository.searchVector(vector, model, scope, signal);
      const similarities = new Map(nearest.map(({ chunk_id: id, score }) => [id, score]));
      const words = (await searched?.catch(() => undefined)) ?? [];
      const others = words.map(({ chunk_id: id }) => id).filter((id) => !similarities.has(id));
      if (others.length > 0)
        for (const { chunk_id: id, score } of await this.repository.compare(vector, model, others, signal))
          similarities.set(id, score);
      return { meaning: nearest.filter(({ score }) => score >= minSimilarity), similarities, minSimilarity };
    });
  }
}

function combine(
  words: Passage[] | undefined,
  meaning: Omit<Findings, 'words'> | undefined,
): Pick<SearchResult, 'mode' | 'passages'> {
  if (words && meaning) return { mode: 'hybrid', passages: fuse({ words, ...meaning }) };
  if (words) return { mode: 'lexical', passages: words };
  if (meaning) return { mode: 'vector', passages: [...meaning.meaning] };
  return { mode: 'none', passages: [] };
}

function valueOf<T>(leg: PromiseSettledResult<T> | undefined): T | undefined {
  return leg?.status === 'fulfilled' ? leg.value : undefined;
}
