import type { ServiceProcess } from './service-process.ts';

/** The file that measures in a process of the service. */
export const TURN_LENGTH_HOOK = new URL('./turn-length-hook.ts', import.meta.url).href;
/** The longest turn of the event loop that anything posted or answered may make, in milliseconds. */
export const MAX_TURN_MS = 50;

/**
 * The longest turn of the event loop while `run` works, in milliseconds. After a run with a longer turn than allowed there are
 * two more, and the middle one of the three counts: a pause of the machine, or code that runs for the first time, falls into
 * one run, and what the requests make long is seen again.
 * @param run gets the number of the attempt, for requests that the service must not know from the last one
 */
export async function measureLongestTurn(
  service: ServiceProcess,
  run: (attempt: number) => Promise<void>,
): Promise<number> {
  const measure = async (attempt: number) => {
    await service.longestTurn();
    await run(attempt);
    return service.longestTurn();
  };
  const firstMs = await measure(0);
  if (firstMs < MAX_TURN_MS) return firstMs;
  const [, middleMs = Infinity] = [firstMs, await measure(1), await measure(2)].sort((a, b) => a - b);
  return middleMs;
}
