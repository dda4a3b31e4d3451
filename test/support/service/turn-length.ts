import type { ServiceProcess } from './service-process.ts';

/** The file that measures in a process of the service. */
export const TURN_LENGTH_HOOK = new URL('./turn-length-hook.ts', import.meta.url).href;
/** The longest turn of the event loop that anything posted or answered may make, in milliseconds. */
export const MAX_TURN_MS = 50;
const ATTEMPTS = 5;

/**
 * The longest turn of the event loop while `run` works, in milliseconds. A run with a longer turn than allowed is repeated, at
 * most four times, and the best one counts: a pause of the machine or of a garbage collection falls into one run, and a turn that
 * the requests make long is long in each.
 * @param run gets the number of the attempt, for requests that the service must not know from the last one
 */
export async function measureLongestTurn(
  service: ServiceProcess,
  run: (attempt: number) => Promise<void>,
): Promise<number> {
  let longestMs = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && longestMs >= MAX_TURN_MS; attempt++) {
    await service.longestTurn();
    await run(attempt);
    longestMs = Math.min(longestMs, await service.longestTurn());
  }
  return longestMs;
}
