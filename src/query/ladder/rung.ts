import { unlessAborted } from '../../resilience/time/deadline.ts';
import type { Answer } from '../answer/answer.ts';
import type { FallbackRequest } from './fallback-request.ts';

/** Injection token of the rungs, from the first to the last. */
export const LADDER_RUNGS = Symbol('LADDER_RUNGS');

/** One way of answering without generation. */
export interface Rung {
  /** The name in `fallback_source`, metrics and logs. */
  readonly source: string;
  /** Whether its answers were generated earlier. */
  readonly isCache: boolean;
  /** Returns an answer, or undefined without one. Its calls end when the request's signal aborts. */
  answer(outage: FallbackRequest): Answer | undefined | Promise<Answer | undefined>;
}

/**
 * Runs a rung. A rung that makes no calls runs even when the time is over.
 * @throws what the rung throws, or the signal's reason
 */
export async function tryRung(rung: Rung, outage: FallbackRequest): Promise<Answer | undefined> {
  const given = rung.answer(outage);
  return given instanceof Promise ? unlessAborted(given, outage.signal) : given;
}
