import { InferenceClientProviderApiError } from '@huggingface/inference';
import { ServiceError } from '../telemetry/service-error.ts';
import { readErrorBody, type ErrorBody } from './error-body.ts';

/** What was wrong with an answer whose status was 200; bounded, so it may be logged. */
export type Defect =
  | 'malformed'
  | 'wrong_shape'
  | 'empty'
  | 'unfinished'
  | 'error_event'
  | 'too_large'
  | 'wrong_count'
  | 'wrong_dimension'
  | 'not_finite';

/** A service answered with an error status. Keeps nothing of its text, which may repeat the user's. */
export class UpstreamError extends ServiceError {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    /** The answer's `Retry-After` in milliseconds, if it had a usable one. */
    readonly retryAfterMs?: number,
  ) {
    super(`the service answered with status ${status}`);
  }
}

/** A service answered 200 with something that is no answer. */
export class BadResponseError extends ServiceError {
  constructor(readonly defect: Defect) {
    super(`the service gave a bad answer (${defect})`);
  }
}

/**
 * Replaces errors whose text repeats what was sent or received (the client library's, JSON's) by our own;
 * any other value is returned as it is.
 */
export function withoutPrivateText(error: unknown): unknown {
  if (error instanceof InferenceClientProviderApiError) {
    const { status, body } = error.httpResponse;
    if (status >= 400) return new UpstreamError(status, readErrorBody(body));
    // The library throws with the status 200 for an error event, and for an answer that is no event stream.
    return new BadResponseError(typeof body === 'object' ? 'error_event' : 'malformed');
  }
  return hasName(error, 'SyntaxError') ? new BadResponseError('malformed') : error;
}

/** Tells the runtime's own errors apart: they may come from another realm, where instanceof is false. */
export function hasName(error: unknown, name: string): error is Error {
  return error !== null && typeof error === 'object' && 'name' in error && error.name === name;
}
