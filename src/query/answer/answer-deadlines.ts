import type { AppConfig } from '../../config/app-config.ts';
import type { Clock } from '../../resilience/time/clock.ts';

/** Injection token of the time a question has. */
export const ANSWER_DEADLINES = Symbol('QUERY_TIME');

/** The clock and the time within which an answer must be ready. */
export interface AnswerDeadlines {
  clock: Clock;
  deadlineMs: number;
  /** How long the rungs of the ladder may take together when that time is over. */
  fallbackMs: number;
}

/** Share of the deadline kept for making and sending the fallback answer, and its upper bound. */
const RESERVE_SHARE = 0.05;
const RESERVE_MAX_MS = 200;
/** Share of the reserve that the rungs may spend on calls. */
const RUNGS_SHARE = 0.5;

/** The deadline less the reserve, so that the response itself is within the deadline. */
export function answerDeadlines(config: AppConfig, clock: Clock): AnswerDeadlines {
  const reserveMs = Math.min(config.queryDeadlineMs * RESERVE_SHARE, RESERVE_MAX_MS);
  return { clock, deadlineMs: config.queryDeadlineMs - reserveMs, fallbackMs: reserveMs * RUNGS_SHARE };
}
