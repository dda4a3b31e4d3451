import { setTimeout } from 'node:timers/promises';

/** Only ends what hangs: a busy machine must not fail a test. */
const LIMIT_MS = 30_000;
const POLL_MS = 5;

/**
 * Waits until the condition holds, which is checked every few milliseconds.
 * @throws Error with what was waited for when the condition does not hold within half a minute, or `limitMs`
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = LIMIT_MS,
): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endsAt) throw new Error(`timed out waiting until ${what}`);
    await setTimeout(POLL_MS);
  }
}
