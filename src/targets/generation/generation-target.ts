import type { Generator } from '../../models/generation.ts';
import type { GuardedTarget } from '../guarded-target.ts';
import type { TokenTimes } from './token-times.ts';

/** A generator behind its guard. */
export interface GuardedGenerator extends GuardedTarget {
  generator: Generator;
  /** The most tokens of a prompt now; undefined when no limit is declared or known. */
  readonly promptTokens: number | undefined;
  /** Calls that may follow a failed one of the same question while other targets are left. */
  readonly retries: number;
  times: TokenTimes;
}
