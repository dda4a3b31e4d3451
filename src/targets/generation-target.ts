import type { Guard } from '../resilience/guard.ts';
import type { Generator } from './generation.ts';

/** A generator behind its guard. */
export interface GuardedGenerator {
  guard: Guard;
  generator: Generator;
  /** Runs in this process: costs no call to a service, and its speed is not compared with that of one. */
  isLocal: boolean;
}
