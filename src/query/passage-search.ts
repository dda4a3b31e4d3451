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
    const [embedded] = await Promise.allSettled([
      wanted === 'lexical' ? undefined : this.embed(question, timings, signal),
    ]);
    const near = valueOf(embedded);
    const legs = await time(this.clock, timings, 'search', () =>
      Promise.allSettled([
        // Takes longer, and so goes first.
        near && this.repository.searchVector(near, depth, signal),
        wanted === 'vector' ? undefined : this.repository.searchText(question, depth, near, signal),
      ]),
    );
    if (isCallerGone(signal)) throw signal.reason;
    const [meaning, words] = legs;
    const failure = [...legs, embedded].find((step) => step.status === 'rejected');
    const found = combine(valueOf(words), valueOf(meaning), near?.minSimilarity);
    const passages = found.passages.slice(0, scope.limit);
    const why = found.mode === 'none' ? { failure: failure?.reason as unknown } : {};
    // There are documents, and none has its vector yet.
    const isUnread = wanted === 'hybrid' && found.mode === 'lexical' && passages.length > 0;
    return { mode: found.mode, passages, degraded: failure !== undefined || isUnread, ...why };
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
      this.embedding.embed(current, question, signal),
    );
    return { model, embedding, minSimilarity: targets.minSimilarity };
  }
}

/** The question's vector, and the similarity below which a passage has nothing to do with it. */
interface NearQuestion extends SearchVector {
  minSimilarity: number;
}

/** @param minSimilarity below which what was found by meaning, nearest first, has nothing to do with the question */
function combine(
  words: Passage[] | undefined,
  meaning: Passage[] | undefined,
  minSimilarity = 0,
): Pick<SearchResult, 'mode' | 'passages'> {
  if (!meaning) return words ? { mode: 'lexical', passages: words } : { mode: 'none', passages: [] };
  const least = words?.length === 0 ? minSimilarity * WITHOUT_WORDS : minSimilarity;
  const near = meaning.filter(({ score }) => score >= least);
  if (!words) return { mode: 'vector', passages: near };
  const similarities = new Map(meaning.map(({ chunk_id: id, score }) => [id, score]));
  for (const { chunk_id: id, similarity } of words) if (similarity != null) similarities.set(id, similarity);
  return { mode: 'hybrid', passages: fuse({ words, meaning: near, similarities, minSimilarity }) };
}

function valueOf<T>(step: PromiseSettledResult<T>): T | undefined {
  return step.status === 'fulfilled' ? step.value : undefined;
}
