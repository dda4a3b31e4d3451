import type { Clock } from '../../resilience/time/clock.ts';
import type { TargetCall } from './target-call.ts';

/**
 * The slowest healthy stream, in bytes a second: about five tokens of Latin or Chinese script. Raising it cuts slower models
 * where another could answer; lowering it lets a stream that dribbles use up the question's time.
 */
const LEAST_BYTES_PER_SECOND = 20;

/** What a call's share of the time depends on. */
export interface ShareOptions {
  clock: Clock;
  /** Milliseconds until the call must have shown that it makes progress. */
  shareMs: number;
  /** Whether another target could answer now. */
  hasAlternative: () => boolean;
}

/**
 * Ends a call that dribbles when its share of the question's time is used up and another target could answer. A stream that
 * makes progress is left alone, and so is any stream when nothing else is left. Returns a function that ends the watch.
 */
export function watchShare(call: TargetCall, { clock, shareMs, hasAlternative }: ShareOptions): () => void {
  const spanMs = shareMs / 2;
  let before = 0;
  let isShareOver = false;
  let cancel = clock.setTimer(check, spanMs);
  function check(): void {
    const isSlow = (call.receivedBytes - before) * 1_000 < LEAST_BYTES_PER_SECOND * spanMs;
    if (isShareOver && isSlow && hasAlternative()) return call.timeOut();
    isShareOver = true;
    before = call.receivedBytes;
    cancel = clock.setTimer(check, spanMs);
  }
  return () => cancel();
}
