import { followAbort } from '../resilience/time/deadline.ts';
import type { Fetch } from './checked-fetch.ts';
import { withoutPrivateText } from './errors.ts';

/** Where a service is called, and with which key. */
export interface Endpoint {
  url: string;
  apiKey: string | undefined;
}

/**
 * Posts JSON and reads JSON. The connection is closed at the end, whatever the end is.
 * @param fetch a checked one
 * @throws the signal's reason; UpstreamError for an error status; BadResponseError for a body that is no JSON or too
 *   large; fetch's TypeError when the network fails
 */
export async function postJson(
  fetch: Fetch,
  { url, apiKey }: Endpoint,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  signal.throwIfAborted();
  const call = new AbortController();
  const unfollow = followAbort(call, signal);
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (apiKey !== undefined) headers['Authorization'] = `Bearer ${apiKey}`;
  try {
    const init = { method: 'POST', headers, body: JSON.stringify(body), signal: call.signal };
    const response = await fetch(url, init);
    return JSON.parse(await response.text());
  } catch (error) {
    throw signal.aborted ? signal.reason : withoutPrivateText(error);
  } finally {
    unfollow();
    call.abort();
  }
}
