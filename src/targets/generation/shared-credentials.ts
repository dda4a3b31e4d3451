import type { Guard } from '../../resilience/guard/guard.ts';

/** A target with a guard and a key. */
interface KeyHolder {
  guard: Guard;
  apiKey: string | undefined;
}

/** Latches out all other targets with the key of `refused`. The guard of `refused` has done so itself. */
export function latchTargetsWithSameKey<T extends KeyHolder>(all: T[], refused: T, holdMs: number): void {
  if (refused.apiKey === undefined) return;
  for (const other of all)
    if (other !== refused && other.apiKey === refused.apiKey) other.guard.latch(holdMs);
}
