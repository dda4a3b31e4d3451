/** Rows of the past, newest first. During a database outage only this instance's memory is read. */
export interface RecentRows<T> {
  source: 'database' | 'memory';
  rows: T[];
}

/** A row with its time in epoch milliseconds. */
interface Row {
  id: string;
  at: number;
}

/**
 * At most `limit` rows of the database and of memory.
 * @param held newest first
 * @throws only the signal's reason
 */
export async function readRecent<T extends Row>(
  reading: Promise<T[]>,
  held: T[],
  limit: number,
  signal: AbortSignal,
): Promise<RecentRows<T>> {
  try {
    return { source: 'database', rows: mergeRows(await reading, held, limit) };
  } catch {
    signal.throwIfAborted();
    return { source: 'memory', rows: mergeRows([], held, limit) };
  }
}

/**
 * Merges stored rows with those in memory, some of which may be stored already.
 * @param held newest first; of two rows at the same moment the later comes first
 */
export function mergeRows<T extends Row>(stored: T[], held: T[], limit: number): T[] {
  const known = new Set(held.map(({ id }) => id));
  const others = stored.filter(({ id }) => !known.has(id));
  return [...held, ...others].sort((a, b) => b.at - a.at).slice(0, limit);
}
