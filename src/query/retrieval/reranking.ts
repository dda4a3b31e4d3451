import { Inject, Injectable } from '@nestjs/common';
import type { Passage } from '../../postgres/search/search.repository.ts';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { RerankTargets } from '../../targets/rerank-targets.ts';
import { time, type Timings } from '../answer/timings.ts';

/** Passages in their final order. */
export interface RankedPassages {
  passages: Passage[];
  /** Whether a reranker made the order; null where none is configured or nothing is to be ordered. */
  reranked: boolean | null;
}

/** Orders passages with a reranker, where one is configured and works. */
@Injectable()
export class Reranking {
  constructor(
    private readonly targets: RerankTargets,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Whether passages are given to a reranker. */
  get isConfigured(): boolean {
    return this.targets.isConfigured;
  }

  /**
   * @param passages best first
   * @returns them with the reranker's scores, best first; as they were when no reranker has scored them in time
   * @throws the signal's reason when the caller has gone
   */
  async rank(
    question: string,
    passages: Passage[],
    timings: Timings,
    signal: AbortSignal,
  ): Promise<RankedPassages> {
    if (!this.isConfigured || passages.length === 0) return { passages, reranked: null };
    const texts = passages.map(({ title, heading, text }) =>
      [title, heading, text].filter(Boolean).join('\n'),
    );
    const scores = await time(this.clock, timings, 'rerank', () =>
      this.targets.score(question, texts, signal),
    );
    if (!scores) return { passages, reranked: false };
    const shares = toShares(scores);
    const ranked = passages.map((passage, at) => ({ ...passage, score: shares[at] ?? 0 }));
    return { passages: ranked.sort((a, b) => b.score - a.score), reranked: true };
  }
}

/**
 * Scores from 0 to 1, as the response promises them. A service that gives logits has some outside: then all of them are mapped
 * by the logistic function, which keeps their order.
 */
function toShares(scores: number[]): number[] {
  const isWithin = scores.every((score) => score >= 0 && score <= 1);
  return isWithin ? scores : scores.map((score) => 1 / (1 + Math.exp(-score)));
}
