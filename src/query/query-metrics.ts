import { AppError } from '../http/app-error.ts';
import { CallerGoneError } from '../http/caller-signal.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Answer } from './answer/answer.ts';

/**
 * Waits for an answer and records its duration by source: `generation`, `cache` (fresh), `no_context` (no document
 * matches), a rung's name, `none` (503) or `error`. Callers who have gone are not counted.
 * @throws what the answer throws
 */
export async function measureQuery(
  metrics: Metrics,
  answer: Promise<Answer>,
  elapsedMs: () => number,
): Promise<Answer> {
  const note = (source: string) => metrics.time('query_duration_seconds', { source }, elapsedMs());
  try {
    const given = await answer;
    note(sourceOf(given));
    return given;
  } catch (error) {
    const isUnavailable = error instanceof AppError && error.code === 'service_unavailable';
    if (!(error instanceof CallerGoneError)) note(isUnavailable ? 'none' : 'error');
    throw error;
  }
}

function sourceOf({ metadata }: Answer): string {
  if (metadata.fallback_source) return metadata.fallback_source;
  if (metadata.from_cache) return 'cache';
  return metadata.no_context ? 'no_context' : 'generation';
}
