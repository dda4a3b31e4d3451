/** What a case showed. */
export interface Seen {
  /** In a few words, for the table. */
  text: string;
  isExpected: boolean;
}

/** One situation from the field, played against the built service. */
export interface Case {
  /** What happens to the service. */
  name: string;
  /** What its user should see. */
  expected: string;
  /** Plays it. A throw is what was seen, and not expected. */
  run(signal: AbortSignal): Promise<Seen>;
}

/** Cases of one kind. */
export interface CaseGroup {
  title: string;
  /** Why its cases cannot be played here; undefined when they can. */
  missing?: string | undefined;
  cases: Case[];
}

/** The most milliseconds of one case; a hung service is what was seen. Raised, a run over a broken service takes longer. */
const LIMIT_MS = 180_000;

/** Plays a case; a throw or a spent limit is its result. */
export async function play(one: Case, signal: AbortSignal): Promise<Seen> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    return await one.run(AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    const text = limit.aborted ? `no end after ${LIMIT_MS / 1_000} s` : String(error);
    return { text, isExpected: false };
  }
}
