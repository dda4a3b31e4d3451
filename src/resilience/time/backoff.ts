/** The pauses between calls that are made again, in milliseconds. */
export interface BackoffLimits {
  baseDelayMs: number;
  maxDelayMs: number;
}

/**
 * The pause before the `retry`-th call that is made again (from 1): the base doubled each time, up to the maximum, of
 * which half is fixed and half is drawn ("equal jitter": M. Brooker, Exponential Backoff And Jitter, AWS 2015).
 * @param random gives a number from 0 to below 1
 */
export function backoffMs(retry: number, limits: BackoffLimits, random: () => number): number {
  const ceilingMs = Math.min(limits.baseDelayMs * 2 ** (retry - 1), limits.maxDelayMs);
  return (ceilingMs * (1 + random())) / 2;
}
