import type { Generator } from '../../models/generation.ts';
import type { GuardedTarget } from '../guarded-target.ts';

/** A generator behind its guard. */
export interface GuardedGenerator extends GuardedTarget {
  generator: Generator;
  /** The most tokens of a prompt; undefined when the target declares no limit. */
  promptTokens: number | undefined;
}
