import { InferenceClientRoutingError } from '@huggingface/inference';
import { DimensionMismatchError } from '../models/dimension-mismatch.ts';
import {
  AttemptTimeoutError,
  DeadlineExceededError,
  GuardRejectedError,
} from '../resilience/guard/errors.ts';
import type { ErrorType, Verdict } from '../resilience/guard/outcome.ts';
import { BadResponseError, hasName, UpstreamError, withoutPrivateText } from './errors.ts';

/** How long a 429 keeps us away that does not say. */
const DEFAULT_THROTTLE_MS = 1_000;
/** A 429 is worth waiting for at the same target up to this long. */
const MAX_THROTTLE_WAIT_MS = 1_000;
/** How long a target is left alone that refuses our credentials or does not know the address. */
const LATCH_MS = 300_000;

const REJECTED = ignored('rejected', true);
const CANCELLED = ignored('cancelled', false);
const LATCHED: Verdict = { ...ignored('credentials', true), hold: { cause: 'latched', ms: LATCH_MS } };
const TIMED_OUT = failed('timeout', 'before_token');
const NETWORK = failed('network', 'yes');
const SERVER_FAULT = failed('http_error', 'yes');
const BAD_RESPONSE = failed('bad_response', 'never');
// Counted, so that a target which always ends in a way nobody foresaw is still taken out of use.
const UNFORESEEN = failed('bug', 'never');

/** Judges what a call to a model or an embedding service threw; pure, and never throws itself. */
export function classifyError(error: unknown): Verdict {
  if (error instanceof GuardRejectedError || error instanceof DeadlineExceededError) return REJECTED;
  if (error instanceof AttemptTimeoutError) return TIMED_OUT;
  // The router takes Hugging Face tokens only, and the library finds that out before it calls.
  if (error instanceof InferenceClientRoutingError) return LATCHED;
  const seen = withoutPrivateText(error);
  if (seen instanceof UpstreamError) return classifyStatus(seen);
  if (seen instanceof BadResponseError || seen instanceof DimensionMismatchError) return BAD_RESPONSE;
  if (hasName(seen, 'AbortError')) return CANCELLED;
  if (isNetworkFault(seen)) return NETWORK;
  return UNFORESEEN;
}

function classifyStatus({ status, body, retryAfterMs }: UpstreamError): Verdict {
  switch (status) {
    case 401:
    case 402:
    case 403:
      return LATCHED;
    case 404:
      return { ...LATCHED, errorType: 'not_found' };
    case 429: {
      const ms = retryAfterMs || DEFAULT_THROTTLE_MS;
      const retry = ms <= MAX_THROTTLE_WAIT_MS ? 'yes' : 'never';
      return { ...ignored('rate_limited', true), retry, hold: { cause: 'throttled', ms } };
    }
    case 503: {
      const ms = retryAfterMs ?? body.loadingMs;
      const loading = failed('loading', 'never');
      return ms === undefined ? loading : { ...loading, hold: { cause: 'loading', ms } };
    }
    case 400:
    case 413:
    case 422:
      // A page comes from something in front of the service, which never saw the request.
      return body.page ? SERVER_FAULT : ignored('invalid_request', body.modelUnsupported);
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
  const { cause } = error;
  return cause !== null && typeof cause === 'object' && 'code' in cause && typeof cause.code === 'string';
}
