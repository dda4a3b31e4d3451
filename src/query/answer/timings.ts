import type { Clock } from '../../resilience/time/clock.ts';

/** The durations of an answer's steps in milliseconds, by their names in the `Server-Timing` header. */
export type Timings = Partial<Record<'embed' | 'search' | 'rerank' | 'generate', number>>;

/** Runs a step and records its duration, also when it fails. */
export async function time<T>(
  clock: Clock,
  timings: Timings,
  step: keyof Timings,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = clock.now();
  try {
    return await work();
  } finally {
    timings[step] = (timings[step] ?? 0) + clock.now() - startedAt;
  }
}
