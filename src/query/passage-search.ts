import { Inject, Injectable } from '@nestjs/common';
import {
  SearchRepository,
  type Passage,
  type SearchScope,
  type SearchVector,
} from '../postgres/search.repository.ts';
import { isCallerGone } from '../resilience/abort.ts';
import type { Clock } from '../resilience/clock.ts';
import { CLOCK } from '../resilience/resilience.module.ts';
import { ServingModel } from '../targets/serving-model.ts';
import { fuse } from './fusion.ts';
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

/** A question without any asks for nothing, and yet the vectors of some passages are nearest to its own. */
const WORD = /[\p{L}\p{N}]/u;

/**
 * Of a passage to which not one word of the question points so much more similarity is asked: among thousands some are
 * that near by chance, whatever the language.
 */
const WITHOUT_WORDS = 1.5;

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
    if (!WORD.test(question)) return { mode: wanted, passages: [], degraded: false };
    const depth = { ...scope, limit: Math.max(scope.limit, MIN_DEPTH) };
    const near = wanted === 'lexical' ? undefined : this.embed(question, timings, signal);
    const legs = await Promise.allSettled([
      wanted === 'vector' ? undefined : this.byWords(question, near, depth, timings, signal),
      near && this.byMeaning(near, depth, timings, signal),
    ]);
    if (isCallerGone(signal)) throw signal.reason;
    const [words, meaning] = legs;
    const failure = legs.find((leg) => leg.status === 'rejected');
    const found = combine(valueOf(words), valueOf(meaning));
    const passages = found.passages.slice(0, scope.limit);
    const why = found.mode === 'none' ? { failure: failure?.reason as unknown } : {};
    // There are documents, and none has its vector yet.
    const isUnread = wanted === 'hybrid' && found.mode === 'lexical' && passages.length > 0;
    return { mode: found.mode, passages, degraded: failure !== undefined || isUnread, ...why };
  }

  /** What is found is compared with the question's vector, too; so it waits until there is one, or will be none. */
  private async byWords(
    question: string,
    near: Promise<NearQuestion | undefined> | undefined,
    scope: SearchScope,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<Passage[]> {
    const vector = await near?.catch(() => undefined);
    return time(this.clock, timings, 'search', () =>
      this.repository.searchText(question, scope, vector, signal),
    );
  }

  /** Undefined when there is no vector to compare with yet. */
  private async byMeaning(
    near: Promise<NearQuestion | undefined>,
    scope: SearchScope,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<Meaning | undefined> {
    const vector = await near;
    if (!vector) return undefined;
    const passages = await time(this.clock, timings, 'search', () =>
      this.repository.searchVector(vector, scope, signal),
    );
    return { passages, minSimilarity: vector.minSimilarity };
  }

  /** Undefined as long as no vector was ever stored. */
  private async embed(
    question: string,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<NearQuestion | undefined> {
    const current = await this.serving.current(signal);
    if (!current) return undefined;
    const { model, targets } = current;
    const embedding = await time(this.clock, timings, 'embed', () =>
      this.embedding.embed(targets, question, signal),
    );
    return { model, embedding, minSimilarity: targets.minSimilarity };
  }
}

/** The question's vector, and the similarity below which a passage has nothing to do with it. */
interface NearQuestion extends SearchVector {
  minSimilarity: number;
}

/** What was found by meaning, nearest first. */
interface Meaning {
  passages: Passage[];
  minSimilarity: number;
}

function combine(
  words: Passage[] | undefined,
  meaning: Meaning | undefined,
): Pick<SearchResult, 'mode' | 'passages'> {
  if (!meaning) return words ? { mode: 'lexical', passages: words } : { mode: 'none', passages: [] };
  const { passages, minSimilarity } = meaning;
  const least = words?.length === 0 ? minSimilarity * WITHOUT_WORDS : minSimilarity;
  const near = passages.filter(({ score }) => score >= least);
  if (!words) return { mode: 'vector', passages: near };
  const similarities = new Map(passages.map(({ chunk_id: id, score }) => [id, score]));
  for (const { chunk_id: id, similarity } of words) if (similarity != null) similarities.set(id, similarity);
  return { mode: 'hybrid', passages: fuse({ words, meaning: near, similarities, minSimilarity }) };
}

function valueOf<T>(leg: PromiseSettledResult<T> | undefined): T | undefined {
  return leg?.status === 'fulfilled' ? leg.value : undefined;
}
