import type { Guard } from '../../resilience/guard/guard.ts';

/** Something that is called with a key, behind its guard. */
interface KeyHolder {
  guard: Guard;
  apiKey: string | undefined;
}

/** Latches out all others that are called with the key which `refused` was refused with; its own guard has done so itself. */
export function latchTargetsWithSameKey<T extends KeyHolder>(all: T[], refused: T, holdMs: number): void {
  if (refused.apiKey === undefined) return;
  for (const other of all)
    if (other !== refused && other.apiKey === refused.apiKey) other.guard.latch(holdMs);
}
