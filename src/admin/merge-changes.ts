import type { StateChange } from '../postgres/records/state-changes.repository.ts';

/**
 * The last changes, newest first, out of those that are stored and those held in memory, of which some may be stored
 * and others not yet.
 * @param held newest first; of one moment the later change comes first
 */
export function mergeChanges(stored: StateChange[], held: StateChange[], limit: number): StateChange[] {
  const known = new Set(held.map(({ id }) => id));
  const others = stored.filter(({ id }) => !known.has(id));
  return [...held, ...others].sort((a, b) => b.at - a.at).slice(0, limit);
}
