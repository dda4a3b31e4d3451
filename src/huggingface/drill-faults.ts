import { connectionRefused, type ServiceFaults } from '../resilience/drills/service-faults.ts';
import { readErrorBody } from './error-body.ts';
import { BadResponseError, UpstreamError } from './errors.ts';

/** The `Retry-After` of `rate_limit` in milliseconds. Raised, a service is held for longer after the drill. */
const RETRY_AFTER_MS = 10_000;

/**
 * How a model fails: with what the calls of this room throw then.
 * @param limitMs the longest wait for it, as a stream for its first token
 */
export function modelFaults(limitMs: number, isStreaming = false): ServiceFaults {
  const body = readErrorBody({ error: 'a drill' });
  return {
    limitMs,
    limit: isStreaming ? 'first_token' : 'attempt',
    errors: {
      refuse: () => new TypeError('fetch failed', { cause: connectionRefused() }),
      status_503: () => new UpstreamError(503, body),
      rate_limit: () => new UpstreamError(429, body, RETRY_AFTER_MS),
      garbage: () => new BadResponseError('malformed'),
      ...(isStreaming && { cut_midway: connectionCut }),
    },
  };
}

/** What `fetch` says of a chunked response that ends before its last chunk. */
function connectionCut(): Error {
  const cause = Object.assign(new Error('the response ended early'), { name: 'HTTPParserError' });
  return new TypeError('terminated', { cause });
}
