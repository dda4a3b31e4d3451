import { InferenceClientProviderApiError } from '@huggingface/inference';
import { ServiceError } from '../telemetry/service-error.ts';
import { readErrorBody, type ErrorBody } from './error-body.ts';
import { isRecord } from './is-record.ts';

/** Characters of an address in a message. Raised, a service may fill the log with longer ones. */
const MAX_ADDRESS = 200;

/** Where services write the status of an error that they send in a stream. */
const STATUS_FIELDS = ['http_status_code', 'status_code', 'status', 'code'];

/** The defect of a response with status 200. A bounded set, so that it can be logged. */
export type Defect =
  | 'malformed'
  | 'page'
  | 'wrong_shape'
  | 'empty'
  | 'unfinished'
  | 'error_event'
  | 'too_large'
  | 'wrong_count'
  | 'wrong_dimension'
  | 'not_finite';

/** A service answered with an error status. The error keeps no text of the body, which may repeat a user's text. */
export class UpstreamError extends ServiceError {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    /** `Retry-After` in milliseconds; undefined without a valid one. */
    readonly retryAfterMs?: number,
  ) {
    super(`the service answered with status ${status}`);
  }

  /** What the response shows beside its status; undefined where it shows nothing that is known. */
  get defect(): string | undefined {
    const { page, complaint } = this.body;
    if (complaint?.tooLong) return 'context_too_long';
    return complaint?.parts[0] ?? (page ? 'page' : undefined);
  }
}

/** A service answered with a redirect that is not followed. The message names the address, and what to do. */
export class RedirectError extends UpstreamError {
  /**
   * @param from the address that was called
   * @param location the address, as the service wrote it; only its host and path are kept
   */
  constructor(status: number, from: URL, location: URL | undefined) {
    super(status, readErrorBody({}));
    const { origin, pathname = '' } = location ?? {};
    const address = location?.protocol.startsWith('http') ? `${origin}${pathname}` : 'no address';
    // A page to sign in would get the key and the passages.
    const isSameRoute = lastPart(pathname) === lastPart(from.pathname);
    const advice = isSameRoute
      ? 'configure that address'
      : 'it may want a login, or the configured address is wrong';
    this.message = `the service redirects to ${address.slice(0, MAX_ADDRESS)}: ${advice}`;
  }
}

function lastPart(path: string): string | undefined {
  return path.split('/').findLast((part) => part !== '');
}

/** A service answered with status 200 and an invalid body. */
export class BadResponseError extends ServiceError {
  constructor(readonly defect: Defect) {
    super(`the service gave a bad answer (${defect})`);
  }
}

/** A service did what it was asked, and gave no answer to this question: others may be answered. */
export class NoAnswerError extends ServiceError {
  constructor(
    /** A filter stopped the answer, the model refused, its reasoning used up the tokens, it called a tool, or it wrote thoughts alone. */
    readonly reason: 'content_filter' | 'refusal' | 'length' | 'tool_call' | 'thoughts',
  ) {
    super(`the service gave no answer (${reason})`);
  }

  get defect(): string {
    return this.reason;
  }
}

/**
 * Replaces errors whose message may contain what was sent or received (the client library's, JSON's) with failsoft's own.
 * Any other value is returned unchanged.
 */
export function withoutPrivateText(error: unknown): unknown {
  if (error instanceof InferenceClientProviderApiError) {
    const { status, body } = error.httpResponse;
    const facts = readErrorBody(body);
    if (status >= 400) return new UpstreamError(status, facts);
    if (facts.contentRefused) return new NoAnswerError('content_filter');
    const refusal = refusalStatus(body, facts);
    if (refusal !== undefined) return new UpstreamError(refusal, facts);
    // The library throws with status 200 for an error event and for a response that is no event stream.
    return new BadResponseError(typeof body === 'object' ? 'error_event' : 'malformed');
  }
  return hasName(error, 'SyntaxError') ? new BadResponseError('malformed') : error;
}

/**
 * The status of a refusal that came in a response with status 200: the one that the error tells, or 400 where it complains
 * of the request. Undefined for every other error.
 */
function refusalStatus(body: unknown, { complaint }: ErrorBody): number | undefined {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : body;
  if (!isRecord(error)) return undefined;
  const told = STATUS_FIELDS.map((field) => Number(error[field])).find(
    (value) => value >= 400 && value < 500,
  );
  const isOfRequest =
    typeof error['param'] === 'string' || /invalid_request|validation/.test(String(error['type']));
  const isComplaint =
    complaint?.tooLong !== undefined || (isOfRequest && (complaint?.parts ?? []).length > 0);
  return told ?? (isComplaint ? 400 : undefined);
}

/** Whether the value is an error of that name. Errors of another realm are no instances of this realm's classes. */
export function hasName(error: unknown, name: string): error is Error {
  return isRecord(error) && error['name'] === name;
}
