import { followAbort } from '../resilience/time/deadline.ts';
import type { CallOptions } from '../config/app-config.ts';
import type { Fetch } from './checked-fetch.ts';
import { isHtml } from './error-body.ts';
import { BadResponseError, withoutPrivateText } from './errors.ts';

/** Where a service is called, with which key, and what else each call carries. */
export interface Endpoint extends CallOptions {
  url: string;
  apiKey: string | undefined;
}

/**
 * The endpoint of a route below a configured address: an address that ends with the route is taken as it is.
 * @param bare the route of an address without a path
 */
export function atRoute(base: Endpoint, route: string, bare = route): Endpoint {
  const { apiKey, headers, query = {} } = base;
  const url = new URL(base.url);
  const path = url.pathname.replace(/\/+$/, '');
  if (!path.endsWith(route)) url.pathname = path === '' ? bare : path + route;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { url: url.href, apiKey, headers };
}

/** The headers of a call with a JSON body. Those of the endpoint come after its key, and may take its place. */
export function headersOf({ apiKey, headers = {} }: Endpoint, base?: RequestInit['headers']): Headers {
  const all = new Headers(base);
  all.set('Content-Type', 'application/json');
  if (apiKey !== undefined) all.set('Authorization', `Bearer ${apiKey}`);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  return all;
}

/**
 * Posts JSON and reads JSON. The connection is closed at the end, whatever the end is.
 * @param fetch a checked one
 * @throws the signal's reason; UpstreamError for an error status; BadResponseError for a body that is a page, no JSON or too
 *   large; fetch's TypeError when the network fails
 */
export async function postJson(
  fetch: Fetch,
  endpoint: Endpoint,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  signal.throwIfAborted();
  const call = new AbortController();
  const unfollow = followAbort(call, signal);
  try {
    const init = { method: 'POST', body: JSON.stringify(body), signal: call.signal };
    const response = await fetch(endpoint.url, { ...init, headers: headersOf(endpoint) });
    const text = await response.text();
    if (isHtml(text)) throw new BadResponseError('page');
    return JSON.parse(text);
  } catch (error) {
    throw signal.aborted ? signal.reason : withoutPrivateText(error);
  } finally {
    unfollow();
    call.abort();
  }
}
