/** The pauses between retries, in milliseconds. */
export interface BackoffLimits {
  baseDelayMs: number;
  maxDelayMs: number;
}

/**
 * The pause before the `retry`-th retry, counted from 1. The base doubles each time up to the maximum; half of it is
 * fixed and half is random ("equal jitter": M. Brooker, Exponential Backoff And Jitter, AWS 2015).
 * @param random returns a number from 0 to below 1
 * @returns milliseconds
 */
export function backoffMs(retry: number, limits: BackoffLimits, random: () => number): number {
  const ceilingMs = Math.min(limits.baseDelayMs * 2 ** (retry - 1), limits.maxDelayMs);
  return (ceilingMs * (1 + random())) / 2;
}
