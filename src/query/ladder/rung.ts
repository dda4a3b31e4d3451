import { unlessAborted } from '../../resilience/time/deadline.ts';
import type { Answer } from '../answer/answer.ts';
import type { FallbackRequest } from './fallback-request.ts';

/** One way of answering when generation is out. */
export interface Rung {
  /** Its name in `fallback_source`, in the metrics and in the log. */
  readonly source: string;
  /** Whether it gives an answer that was generated before. */
  readonly isCache: boolean;
  /** Its answer, or undefined when it has none. Calls that it makes end when the outage's signal aborts. */
  answer(outage: FallbackRequest): Answer | undefined | Promise<Answer | undefined>;
}

/**
 * Asks a rung; one that makes no calls is asked even when the time is over.
 * @throws what the rung threw, or the signal's reason
 */
export async function tryRung(rung: Rung, outage: FallbackRequest): Promise<Answer | undefined> {
  const given = rung.answer(outage);
  return given instanceof Promise ? unlessAborted(given, outage.signal) : given;
}
