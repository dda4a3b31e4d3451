import { setTimeout } from 'node:timers/promises';

/** Only ends what hangs: a busy machine must not fail a test. */
const LIMIT_MS = 30_000;
const LOOK_AGAIN_MS = 5;

/**
 * Waits until something is so, looking again and again.
 * @throws Error with what was waited for when it does not become so within half a minute, or `limitMs`
 */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limitMs = LIMIT_MS,
): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`timed out waiting until ${what}`);
    await setTimeout(LOOK_AGAIN_MS);
  }
}
