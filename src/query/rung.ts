import type { Answer, FallbackSource } from './answer.ts';
import type { Outage } from './outage.ts';

/** One way of answering when generation is out. */
export interface Rung {
  readonly source: FallbackSource;
  /** Whether it gives an answer that was generated before. */
  readonly isCache: boolean;
  /** Its answer, or undefined when it has none; makes no call that could hang. */
  answer(outage: Outage): Answer | undefined;
}
