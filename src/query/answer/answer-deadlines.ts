import type { AppConfig } from '../../config/app-config.ts';
import type { Clock } from '../../resilience/time/clock.ts';

/** Injection token of the answer deadlines. */
export const ANSWER_DEADLINES = Symbol('QUERY_TIME');

/** The time limits of an answer, with the clock that measures them. */
export interface AnswerDeadlines {
  clock: Clock;
  deadlineMs: number;
  /** How long the ladder's rungs may take together once the deadline is exceeded. */
  fallbackMs: number;
}

/** Share of the deadline reserved for the fallback answer, and its upper bound. Raising them leaves less time for generation. */
const RESERVE_SHARE = 0.05;
const RESERVE_MAX_MS = 200;
/** Share of the reserve for the rungs' calls; the rest is for building and sending the response. */
const RUNGS_SHARE = 0.5;

/** The configured deadline minus the reserve, so that the response is sent within the deadline. */
export function answerDeadlines(config: AppConfig, clock: Clock): AnswerDeadlines {
  const reserveMs = Math.min(config.queryDeadlineMs * RESERVE_SHARE, RESERVE_MAX_MS);
  return { clock, deadlineMs: config.queryDeadlineMs - reserveMs, fallbackMs: reserveMs * RUNGS_SHARE };
}
