import { InferenceClientRoutingError } from '@huggingface/inference';
import { DimensionMismatchError } from '../models/dimension-mismatch.ts';
import {
  AttemptTimeoutError,
  DeadlineExceededError,
  GuardRejectedError,
} from '../resilience/guard/errors.ts';
import type { ErrorType, Verdict } from '../resilience/guard/outcome.ts';
import { BadResponseError, hasName, NoAnswerError, UpstreamError, withoutPrivateText } from './errors.ts';
import { isRecord } from './is-record.ts';

/** The hold after a 429 without `Retry-After`. Raising it leaves a throttled target unused for longer. */
const DEFAULT_THROTTLE_MS = 1_000;
/** The hold after a refused key or an unknown model or path. Raising it delays recovery after an operator's fix. */
const LATCH_MS = 300_000;

const REJECTED = ignored('rejected', true);
const CANCELLED = ignored('cancelled', false);
const LATCHED: Verdict = { ...ignored('credentials', true), hold: { cause: 'latched', ms: LATCH_MS } };
const TIMED_OUT = failed('timeout', 'never');
/** Another model would have to answer what a policy forbids. */
const CONTENT_REFUSED = ignored('content_refused', false);
const REFUSED_BY_MODEL = ignored('content_refused', true);
const WITHOUT_TEXT = ignored('no_answer', true);
const NETWORK = failed('network', 'yes');
const SERVER_FAULT = failed('http_error', 'yes');
const BAD_RESPONSE = failed('bad_response', 'never');
// Unknown errors count as failures, so that a target that always fails in an unknown way is taken out of use.
const UNFORESEEN = failed('bug', 'never');

const NO_ANSWER = {
  content_filter: CONTENT_REFUSED,
  refusal: REFUSED_BY_MODEL,
  length: WITHOUT_TEXT,
  tool_call: WITHOUT_TEXT,
  thoughts: WITHOUT_TEXT,
};

/** Statuses about the key, the account and the address, whatever policy the body speaks of. */
const OF_CALLER = new Set([401, 402, 404]);
/** Statuses of requests that are too long: some servers take that for a fault of their own. */
const TOO_LONG = new Set([400, 413, 422, 500]);

/** Says what an error of a model or an embedding service means. Pure; never throws. */
export function classifyError(error: unknown): Verdict {
  if (error instanceof GuardRejectedError || error instanceof DeadlineExceededError) return REJECTED;
  if (error instanceof AttemptTimeoutError) return TIMED_OUT;
  // The router accepts only Hugging Face tokens, and the library checks that before it calls.
  if (error instanceof InferenceClientRoutingError) return LATCHED;
  const seen = withoutPrivateText(error);
  if (seen instanceof UpstreamError) return classifyStatus(seen);
  if (seen instanceof NoAnswerError) return NO_ANSWER[seen.reason];
  if (seen instanceof BadResponseError || seen instanceof DimensionMismatchError) return BAD_RESPONSE;
  if (hasName(seen, 'AbortError')) return CANCELLED;
  if (isNetworkFault(seen)) return NETWORK;
  return UNFORESEEN;
}

function classifyStatus({ status, body, retryAfterMs }: UpstreamError): Verdict {
  // A page with 413 comes from something in front, which tells no limit.
  const tooLong = body.complaint?.tooLong ?? (status === 413 && body.page ? { limit: undefined } : undefined);
  if (tooLong && TOO_LONG.has(status)) return { ...ignored('invalid_request', true), tooLong };
  if (status < 500 && body.contentRefused && !OF_CALLER.has(status)) return CONTENT_REFUSED;
  switch (status) {
    // A page comes from something in front of the service, which did not see the request.
    case 401:
    case 402:
    case 403:
      return body.page ? SERVER_FAULT : LATCHED;
    case 404:
      return body.page ? SERVER_FAULT : { ...LATCHED, errorType: 'not_found' };
    case 429: {
      // No pause brings credit: an operator has to.
      if (body.isQuotaSpent) return LATCHED;
      const ms = retryAfterMs || DEFAULT_THROTTLE_MS;
      return { ...ignored('rate_limited', true), retry: 'yes', hold: { cause: 'throttled', ms } };
    }
    case 503: {
      const ms = retryAfterMs ?? body.loadingMs;
      const loading = failed('loading', 'never');
      return ms === undefined ? loading : { ...loading, hold: { cause: 'loading', ms } };
    }
    case 400:
    case 413:
    case 422:
      return body.page && !body.isText ? SERVER_FAULT : ignored('invalid_request', true);
    // A law forbids an answer here. Another service may be elsewhere.
    case 451:
      return REFUSED_BY_MODEL;
    case 408:
    case 424:
      return SERVER_FAULT;
    default:
      return status >= 500 || body.page ? SERVER_FAULT : failed('http_error', 'never');
  }
}

function ignored(errorType: ErrorType, nextTarget: boolean): Verdict {
  return { outcome: 'ignored', errorType, retry: 'never', nextTarget };
}

function failed(errorType: ErrorType, retry: Verdict['retry']): Verdict {
  return { outcome: 'failure', errorType, retry, nextTarget: true };
}

function isNetworkFault(error: unknown): boolean {
  if (!hasName(error, 'TypeError')) return false;
  if (error.message === 'fetch failed' || error.message === 'terminated') return true;
  return isRecord(error.cause) && typeof error.cause['code'] === 'string';
}
