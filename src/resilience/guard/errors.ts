import { ServiceError } from '../../telemetry/service-error.ts';
import type { Rejection } from './guard-events.ts';

/** The guard rejected the call, which was not made. The error carries no stack. */
export class GuardRejectedError extends ServiceError {
  constructor(
    readonly guard: string,
    readonly rejection: Rejection,
    /** Milliseconds until a call may be admitted, above 0. */
    readonly retryAfterMs: number,
  ) {
    // Capturing the stack is half of the cost of a rejection, and an outage causes thousands a second.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${guard} rejected the call (${rejection})`);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A time limit of failsoft was reached: of the attempt, the first token, the idle time or the share of a question's time. */
export class AttemptTimeoutError extends ServiceError {
  constructor(readonly limit: 'attempt' | 'first_token' | 'idle' | 'share') {
    super(`the ${limit.replace('_', ' ')} time limit was reached`);
  }

  get defect(): string {
    return `${this.limit}_timeout`;
  }
}

/** The deadline of the request was exceeded. */
export class DeadlineExceededError extends ServiceError {
  constructor() {
    super('the deadline of the request was exceeded');
  }
}
