import type { Clock } from '../time/clock.ts';
import { AttemptTimeoutError } from './errors.ts';

/** A trial succeeds when its answer goes on after this long. Raised, long answers keep other trials out for longer. */
const PROOF_MS = 3_000;

/** What a trial's end depends on. */
interface TrialOptions {
  clock: Clock;
  /** Settles the trial as a success; may be called more than once. */
  succeed: () => void;
}

/**
 * Watches a half-open trial, so that long answers do not keep other trials out. A trial that has begun to answer succeeds
 * as soon as its caller goes, and with the first token more than three seconds after the first one. A trial whose caller
 * goes earlier is carried on until it begins to answer.
 * @param signal the caller's
 * @returns `noteSpeech`, to be called at each token, and `end`, which releases the listener
 */
export function watchTrial(
  attempt: AbortController,
  signal: AbortSignal | undefined,
  { clock, succeed }: TrialOptions,
) {
  let spokeAt: number | undefined;
  const onAbort = () => {
    if (signal?.reason instanceof AttemptTimeoutError) return attempt.abort(signal.reason);
    if (spokeAt === undefined) return;
    succeed();
    attempt.abort(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    noteSpeech() {
      const now = clock.now();
      spokeAt ??= now;
      if (signal?.aborted) onAbort();
      else if (now - spokeAt >= PROOF_MS) succeed();
    },
    end() {
      signal?.removeEventListener('abort', onAbort);
    },
  };
}
