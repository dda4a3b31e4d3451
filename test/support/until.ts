import { setTimeout } from 'node:timers/promises';

const LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 5;

/**
 * Waits until something is so, looking again and again.
 * @throws Error with what was waited for when it does not become so within ten seconds
 */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + LIMIT_MS;
  while (!(await isSo())) {
    if (performance.now() > endsAt) throw new Error(`waited in vain until ${what}`);
    await setTimeout(LOOK_AGAIN_MS);
  }
}
