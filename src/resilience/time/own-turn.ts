const waiting: (() => void)[] = [];
let isTaken = false;

/**
 * Resolves in a turn of the event loop that no other caller gets, first come first: at once when nobody had this turn. However
 * much work arrives at the same time, everything else is served in between. Work of more than some 20 ms needs several turns.
 */
export function waitForOwnTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (!isTaken) takeTurn();
  });
}

function takeTurn(): void {
  const next = waiting.shift();
  isTaken = next !== undefined;
  if (!next) return;
  setImmediate(takeTurn);
  next();
}

/** A part of a text that is small enough for work on each character in one turn. A character of two units stays whole. */
const PART = /[^]{1,4096}/gu;

/** Works on a long text in parts, each in a turn of its own; a short one at once. */
export async function workInParts(text: string, work: (part: string) => void): Promise<void> {
  const [first = '', ...others] = text.match(PART) ?? [];
  work(first);
  for (const part of others) {
    await waitForOwnTurn();
    work(part);
  }
}

/** Steps between two waits. Raised, a loop of steps that are all there at once keeps the event loop for longer. */
const STEPS_IN_TURN = 64;

/** Lets everything else run in between in a loop of small steps, of which many may be there at once. */
export class SharedTurns {
  private steps = 0;

  /** Ends a step. Resolves in an own turn after every few steps, and else at once. */
  async endStep(): Promise<void> {
    if (++this.steps % STEPS_IN_TURN === 0) await waitForOwnTurn();
  }
}
