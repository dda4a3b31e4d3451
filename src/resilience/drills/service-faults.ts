import type { AttemptTimeoutError } from '../guard/errors.ts';
import type { DrillFault } from './drill.ts';

/** A fault that is an error at once, or in the middle of a stream. */
type ErrorFault = Exclude<DrillFault, 'hang' | 'slow'>;

/** What a service's adapter gives when the service fails. A guard takes it for the real thing. */
export interface ServiceFaults {
  /** Makes the error of each fault that the service can have. */
  errors: Partial<Record<ErrorFault, () => Error>>;
  /** How long the adapter waits for the service, in milliseconds, and what it then says was exceeded. */
  limitMs: number;
  limit: AttemptTimeoutError['limit'];
}

/** What the system says when nothing listens at an address. */
export function connectionRefused(): Error {
  const details = { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' };
  return Object.assign(new Error('connect ECONNREFUSED'), details);
}
