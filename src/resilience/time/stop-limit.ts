import type { Clock } from './clock.ts';

/** Raised, background work that hangs keeps the closing service from ending for as much longer. */
const STOP_LIMIT_MS = 3_000;

/**
 * Waits until background work has stopped, at most three seconds. Work that fails or goes on beyond is left to the end of
 * the process. Never rejects.
 */
export async function waitForStop(stopped: Promise<unknown>, clock: Clock): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = clock.setTimer(resolve, STOP_LIMIT_MS);
  await Promise.race([stopped.catch(() => undefined), late]);
  cancel();
}
