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

/** Whether a target is waited for and retried as a service elsewhere: during a drill also one in this process. */
export function isService({ isLocal, guard }: GuardedTarget): boolean {
  return !isLocal || guard.injection.isActive;
}
