import { AttemptTimeoutError } from './errors.ts';
import type { Classify, Verdict } from './outcome.ts';

/** The caller of an attempt went away. */
export const CANCELLED: Verdict = {
  outcome: 'ignored',
  errorType: 'cancelled',
  retry: 'never',
  nextTarget: false,
};
const TIMED_OUT: Verdict = {
  outcome: 'failure',
  errorType: 'timeout',
  retry: 'before_token',
  nextTarget: true,
};

/** Judges what an attempt threw: its guard's own time limit is the same for every service. */
export function judgeAttempt(error: unknown, classify: Classify): Verdict {
  return error instanceof AttemptTimeoutError ? TIMED_OUT : classify(error);
}
