import type { StateChange } from '../postgres/records/state-changes.repository.ts';

/**
 * Merges stored changes with those in memory, some of which may be stored already.
 * @param held newest first; of two changes at the same moment the later comes first
 */
export function mergeChanges(stored: StateChange[], held: StateChange[], limit: number): StateChange[] {
  const known = new Set(held.map(({ id }) => id));
  const others = stored.filter(({ id }) => !known.has(id));
  return [...held, ...others].sort((a, b) => b.at - a.at).slice(0, limit);
}
