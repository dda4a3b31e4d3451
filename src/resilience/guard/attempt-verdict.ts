import { AttemptTimeoutError } from './errors.ts';
import type { Classify, Verdict } from './outcome.ts';

/** The verdict when the caller has gone. */
export const CANCELLED: Verdict = {
  outcome: 'ignored',
  errorType: 'cancelled',
  retry: 'never',
  nextTarget: false,
};
const TIMED_OUT: Verdict = {
  outcome: 'failure',
  errorType: 'timeout',
  retry: 'never',
  nextTarget: true,
};

/** The verdict on what an attempt threw. The guard's own time limit means the same for every service. */
export function judgeAttempt(error: unknown, classify: Classify): Verdict {
  return error instanceof AttemptTimeoutError ? TIMED_OUT : classify(error);
}
