import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.ts';
import { CallerGoneError } from '../http/requests/caller-signal.ts';
import { AnswerCounts } from '../resilience/health/answer-counts.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Answer } from './answer/answer.ts';

/** Counts answers by source: `generation`, `cache` (fresh), `no_context` (no document matches), a rung's name, `none` (503) or `error`. */
@Injectable()
export class QueryMetrics {
  constructor(
    private readonly metrics: Metrics,
    private readonly counts: AnswerCounts,
  ) {}

  /**
   * Waits for an answer and records its source and duration. Callers who have gone are not counted.
   * @throws what the answer throws
   */
  async measure(answer: Promise<Answer>, elapsedMs: () => number): Promise<Answer> {
    try {
      const given = await answer;
      this.note(sourceOf(given), elapsedMs());
      return given;
    } catch (error) {
      const isUnavailable = error instanceof AppError && error.code === 'service_unavailable';
      if (!(error instanceof CallerGoneError)) this.note(isUnavailable ? 'none' : 'error', elapsedMs());
      throw error;
    }
  }

  private note(source: string, ms: number): void {
    this.metrics.time('query_duration_seconds', { source }, ms);
    this.counts.add(source);
  }
}

function sourceOf({ metadata }: Answer): string {
  if (metadata.fallback_source) return metadata.fallback_source;
  if (metadata.from_cache) return 'cache';
  return metadata.no_context ? 'no_context' : 'generation';
}
