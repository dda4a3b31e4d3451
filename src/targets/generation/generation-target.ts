import type { Guard } from '../../resilience/guard/guard.ts';
import type { Generator } from '../../models/generation.ts';

/** A generator behind its guard. */
export interface GuardedGenerator {
  guard: Guard;
  generator: Generator;
  /** Whether it runs in this process. It then costs no call, and its speed is not compared with remote targets. */
  isLocal: boolean;
  /** The API key. Targets with the same key are latched out together. */
  apiKey: string | undefined;
  /** The most tokens of a prompt; undefined when the target declares no limit. */
  promptTokens: number | undefined;
}
