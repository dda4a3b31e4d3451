import { pino } from 'pino';
import type { Guard } from '../src/resilience/guard/guard.ts';
import type { Verdict } from '../src/resilience/guard/outcome.ts';
import { importBuilt } from './built.ts';

const { createLogger } = await importBuilt<typeof import('../src/telemetry/logger.ts')>('telemetry/logger');

/** Takes every error for a failure of the called service. */
export const classify = (): Verdict => ({
  outcome: 'failure',
  errorType: 'network',
  retry: 'yes',
  nextTarget: true,
});

/** The cheapest call there is. */
export const answer = async () => 'done';

/** Logs at `info`, as in production, to nowhere. */
export function createBenchLogger() {
  return createLogger('info', pino.destination({ dest: '/dev/null', sync: true }));
}

/** Opens a guard by `failures` failures. */
export async function openGuard(guard: Guard, failures: number): Promise<void> {
  for (let index = 0; index < failures; index++)
    await guard.execute(() => Promise.reject(new Error('down')), { classify }).catch(() => undefined);
  if (guard.snapshot().state !== 'open') throw new Error('the guard did not open');
}
