import type { Guard } from '../resilience/guard/guard.ts';

/** A model, or a host of one, behind its guard. */
export interface GuardedTarget {
  guard: Guard;
  /** Whether it runs in this process. It then costs no call, and its speed is not compared with remote targets. */
  isLocal: boolean;
  /** The API key. Targets with the same key are latched out together. */
  apiKey: string | undefined;
}

/** Latches out all other targets with the key of `refused`. The guard of `refused` has done so itself. */
export function latchTargetsWithSameKey(all: GuardedTarget[], refused: GuardedTarget, holdMs: number): void {
  if (refused.apiKey === undefined) return;
  for (const other of all)
    if (other !== refused && other.apiKey === refused.apiKey) other.guard.latch(holdMs);
}
