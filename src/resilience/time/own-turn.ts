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
