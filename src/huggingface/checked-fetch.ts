import type { Clock } from '../resilience/time/clock.ts';
import { currentContext } from '../telemetry/request-context.ts';
import { readErrorBody } from './error-body.ts';
import { BadResponseError, RedirectError, UpstreamError } from './errors.ts';
import { parseHttpDate, parseRetryAfter } from './retry-after.ts';
import { repeatOnStaleConnection } from './stale-connection.ts';

/** The standard fetch, or a test's replacement. */
export type Fetch = typeof globalThis.fetch;

/** The largest response body: 32 vectors of 4,096 dimensions, or the events of the longest answer. Raising it lets a faulty host use more memory. */
const MAX_BODY_BYTES = 33_554_432;
const MAX_ERROR_BODY_BYTES = 65_536;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Redirects that keep the method and the body. */
const KEEPING_REDIRECTS = new Set([307, 308]);
/** Raised, a service that redirects in a circle gets more calls. */
const MAX_REDIRECTS = 3;

/**
 * Wraps a fetch: it sends the current request's id and the caller's trace, repeats a call whose idle connection the
 * service had ended, limits the body, and throws for an error status. A redirect is followed only when the same service is
 * to get the same request: another host must not get what a user asked, and no POST may become a GET.
 * @throws UpstreamError for an error status; RedirectError for a redirect that is not followed; reading a body that is too large fails with BadResponseError
 */
export function checkedFetch(fetch: Fetch, clock: Clock): Fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const context = currentContext();
    if (context) headers.set('X-Request-Id', context.requestId);
    if (context?.trace) headers.set('traceparent', context.trace.header);
    const send = (url: typeof input) =>
      repeatOnStaleConnection(() => fetch(url, { ...init, headers, redirect: 'manual' }));
    const response = await followRedirects(send, input);
    if (response.ok) return bounded(response, MAX_BODY_BYTES);
    // If the body of an error cannot be read, its status is enough.
    const text = await bounded(response, MAX_ERROR_BODY_BYTES)
      .text()
      .catch(() => '');
    // A date is compared with the sender's own clock when its response has one: the clocks may differ.
    const sentAt = parseHttpDate(response.headers.get('date')) ?? clock.wall();
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), sentAt);
    throw new UpstreamError(response.status, readErrorBody(text), retryAfterMs);
  };
}

/** @throws RedirectError */
async function followRedirects(
  send: (url: string | URL | Request) => Promise<Response>,
  first: string | URL | Request,
): Promise<Response> {
  let url = first;
  for (let followed = 0; ; followed++) {
    const response = await send(url);
    const { status, headers } = response;
    if (!REDIRECTS.has(status)) return response;
    await response.body?.cancel();
    const from = new URL(url instanceof Request ? url.url : url);
    const target = URL.parse(headers.get('location') ?? '', from.href) ?? undefined;
    const isSame = KEEPING_REDIRECTS.has(status) && target?.origin === from.origin;
    if (!target || !isSame || followed >= MAX_REDIRECTS) throw new RedirectError(status, from, target);
    url = target;
  }
}

function bounded(response: Response, maxBytes: number): Response {
  if (!response.body) return response;
  let bytes = 0;
  const meter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new BadResponseError('too_large');
      controller.enqueue(chunk);
    },
  });
  const { status, headers } = response;
  return new Response(response.body.pipeThrough(meter), { status, headers });
}
