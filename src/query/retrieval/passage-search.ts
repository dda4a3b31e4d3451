import { Inject, Injectable } from '@nestjs/common';
import { SearchRepository, type Passage, type SearchScope } from '../../postgres/search/search.repository.ts';
import { Bulkhead, BulkheadFullError } from '../../resilience/limits/bulkhead.ts';
import { isCallerGone } from '../../resilience/time/deadline.ts';
import { waitForOwnTurn } from '../../resilience/time/own-turn.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import type { RetrievalMode, SearchMode } from '../answer/answer.ts';
import { fuse, preferMatchingHeadings } from './fusion.ts';
import { QuestionEmbedding } from './question-embedding.ts';
import { time, type Timings } from '../answer/timings.ts';

/** The result of a search. `failure` is the error when no way of searching worked. */
export interface SearchResult {
  mode: RetrievalMode;
  passages: Passage[];
  /** Whether a requested way of searching failed. */
  degraded: boolean;
  failure?: unknown;
}

/** The least results of each search: passages that rank high in one search may rank lower in the other. */
const MIN_DEPTH = 24;

/** A question without a word matches nothing, although some vectors are always nearest to its own. */
const WORD = /[\p{L}\p{N}]/u;

/**
 * When full text finds nothing, vectors must be this many times more similar: in a large corpus some chunk is always that
 * similar by chance. Raising it finds less for questions whose words are not in the documents.
 */
const WITHOUT_WORDS = 1.5;

/**
 * Searches at once, of all routes together, and searches that wait. Raised, a burst of searches keeps everything else waiting
 * for longer: each takes up to 20 ms of the processor.
 */
const LIMITS = { maxConcurrent: 6, maxQueued: 128 };
/** The longest wait for a search to begin. Raised, a question in an overload is answered later instead of being shed. */
const MAX_WAIT_MS = 3_000;

/**
 * Searches by full text and vectors at once. When one of them fails, the other one answers. Searches beyond the limits are
 * shed with a BulkheadFullError as their failure.
 */
@Injectable()
export class PassageSearch {
  private readonly bulkhead: Bulkhead;

  constructor(
    private readonly embedding: QuestionEmbedding,
    private readonly repository: SearchRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.bulkhead = new Bulkhead(LIMITS, clock);
  }

  /**
   * Never throws for an outage: the result says how it searched.
   * @throws the signal's reason when the caller has gone
   */
  async search(
    question: string,
    scope: SearchScope,
    wanted: SearchMode,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<SearchResult> {
    if (!WORD.test(question)) return { mode: wanted, passages: [], degraded: false };
    const run = () => this.run(question, scope, wanted, timings, signal);
    return this.bulkhead.run(run, signal, MAX_WAIT_MS).catch((failure: unknown) => {
      if (!(failure instanceof BulkheadFullError)) throw failure;
      return { mode: 'none', passages: [], degraded: true, failure };
    });
  }

  private async run(
    question: string,
    scope: SearchScope,
    wanted: SearchMode,
    timings: Timings,
    signal: AbortSignal,
  ): Promise<SearchResult> {
    const depth = { ...scope, limit: Math.max(scope.limit, MIN_DEPTH) };
    const [embedded] = await Promise.allSettled([
      wanted === 'lexical'
        ? undefined
        : this.embedding.embed(question, signal, { timings, isPatient: wanted === 'vector' }),
    ]);
    const near = valueOf(embedded);
    const legs = await time(this.clock, timings, 'search', () =>
      Promise.allSettled([
        // The vector search takes longer, so it is sent first.
        near && this.repository.searchVector(near, depth, signal),
        wanted === 'vector' ? undefined : this.repository.searchText(question, depth, near, signal),
      ]),
    );
    await waitForOwnTurn();
    if (isCallerGone(signal)) throw signal.reason;
    const [meaning, words] = legs;
    const failure = [...legs, embedded].find((step) => step.status === 'rejected');
    const found = combine(valueOf(words), valueOf(meaning), near?.minSimilarity);
    const passages = found.passages.slice(0, scope.limit);
    const why = found.mode === 'none' ? { failure: failure?.reason as unknown } : {};
    // Documents were found, but none has a vector yet.
    const isUnread = wanted === 'hybrid' && found.mode === 'lexical' && passages.length > 0;
    return { mode: found.mode, passages, degraded: failure !== undefined || isUnread, ...why };
  }
}

/** @param minSimilarity the similarity below which a passage counts as unrelated */
function combine(
  words: Passage[] | undefined,
  meaning: Passage[] | undefined,
  minSimilarity = 0,
): Pick<SearchResult, 'mode' | 'passages'> {
  if (!meaning)
    return words
      ? { mode: 'lexical', passages: preferMatchingHeadings(words) }
      : { mode: 'none', passages: [] };
  const least = words?.length === 0 ? minSimilarity * WITHOUT_WORDS : minSimilarity;
  const near = meaning.filter(({ score }) => score >= least);
  if (!words) return { mode: 'vector', passages: near };
  const similarities = new Map(meaning.map(({ chunk_id: id, score }) => [id, score]));
  for (const { chunk_id: id, similarity } of words) if (similarity != null) similarities.set(id, similarity);
  const fused = fuse({ words, meaning: near, similarities, minSimilarity });
  return { mode: 'hybrid', passages: preferMatchingHeadings(fused) };
}

function valueOf<T>(step: PromiseSettledResult<T>): T | undefined {
  return step.status === 'fulfilled' ? step.value : undefined;
}
