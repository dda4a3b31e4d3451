import { AppError } from './app-error.ts';
import { GuardRejectedError } from '../resilience/guard/errors.ts';
import type { GuardRegistry } from '../resilience/guard/guard-registry.ts';

/**
 * Creates the 503 error, with the state of every guard and `Retry-After` in whole seconds, at least 1.
 * @param cause the error, or the milliseconds until a retry makes sense
 */
export function serviceUnavailable(guards: GuardRegistry, cause: unknown, message?: string): AppError {
  const rejectedMs = cause instanceof GuardRejectedError ? cause.retryAfterMs : 0;
  const waitMs = typeof cause === 'number' ? cause : rejectedMs;
  return new AppError('service_unavailable', {
    ...(message && { message }),
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    extra: { circuit_status: guards.status() },
    cause,
  });
}
