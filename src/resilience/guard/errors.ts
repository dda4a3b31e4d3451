import { ServiceError } from '../../telemetry/service-error.ts';
import type { Rejection } from './guard-events.ts';

/** The guard let nobody through; no call was made. Carries no stack. */
export class GuardRejectedError extends ServiceError {
  constructor(
    readonly guard: string,
    readonly rejection: Rejection,
    /** Milliseconds until a call may be let through, above 0. */
    readonly retryAfterMs: number,
  ) {
    // Taking the stack is half of what a rejection costs, and in an outage there are thousands a second.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${guard} rejected the call (${rejection})`);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** One of our own timers fired: the attempt's, the first token's or the idle timer. */
export class AttemptTimeoutError extends ServiceError {
  constructor(readonly limit: 'attempt' | 'first_token' | 'idle') {
    super(`the ${limit.replace('_', ' ')} time limit was reached`);
  }
}

/** The request's own deadline is spent. */
export class DeadlineExceededError extends ServiceError {
  constructor() {
    super('the deadline of the request is spent');
  }
}
