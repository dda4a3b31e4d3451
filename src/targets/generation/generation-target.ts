import type { Guard } from '../../resilience/guard/guard.ts';
import type { Generator } from '../../models/generation.ts';

/** A generator behind its guard. */
export interface GuardedGenerator {
  guard: Guard;
  generator: Generator;
  /** Runs in this process: costs no call to a service, and its speed is not compared with that of one. */
  isLocal: boolean;
  /** The key it is called with: targets with the same one are latched out together. */
  apiKey: string | undefined;
  /** Tokens that a prompt may have; undefined when the target has declared no limit. */
  promptTokens: number | undefined;
}
