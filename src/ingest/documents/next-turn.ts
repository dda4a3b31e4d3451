import { setImmediate } from 'node:timers/promises';

/** Lets everything else that waits for the event loop go first. @throws the signal's reason */
export async function nextTurn(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
