import type { Clock } from '../resilience/time/clock.ts';

/** A call to the service did not succeed. The message is one line that says why, and shows no credentials. */
export class ServiceCallError extends Error {
  /** The pause that the response asks for before the next call, in seconds; 0 for none. */
  retryAfter = 0;

  constructor(
    message: string,
    /** Undefined when there was no response. */
    readonly status?: number,
    /** The reasons of failsoft itself; empty when something else answered. */
    readonly reasons: string[] = [],
    /** The code of failsoft's error; empty when something else answered. */
    readonly errorCode = '',
  ) {
    super(message);
  }
}

/** No connection was made, or it broke before the response was complete. */
export class ConnectionError extends ServiceCallError {}

/** Nothing listens at the address. */
export class NobodyThereError extends ConnectionError {}

/** The command was given an address or a header that cannot be used. */
export class UsageError extends ServiceCallError {}

/** Statuses with which something in front of a service asks for a login; 511 is that of a network's own page. */
const LOGINS = new Set([401, 403, 407, 511]);

const SEND_LOGIN = 'send what it wants with --header or in the URL';

/** Why a response is not what failsoft answers to a call that succeeded; undefined when it is. */
export async function judgeResponse(
  response: Response,
  { url, results = [], read }: { url: string; results?: readonly number[]; read: () => Promise<string> },
): Promise<ServiceCallError | undefined> {
  const { status, headers } = response;
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() || 'no content type';
  if (results.includes(status) && (status === 204 || type === 'application/json')) return undefined;
  if (response.ok && /\bjson$|^application\/x-ndjson$|^text\/event-stream$/.test(type)) return undefined;
  const body = type === 'application/json' ? readError(await read().catch(() => '')) : undefined;
  const said = `${url} answered ${status}`;
  if (body) return new ServiceCallError(`${said}: ${body.message}`, status, body.reasons, body.code);
  return new ServiceCallError(`${said} ${explain(response, type, url)}`, status);
}

/** What answered in the place of failsoft, and what can be done. */
function explain(response: Response, type: string, base: string): string {
  const { status } = response;
  if (status >= 300 && status < 400) return `and redirects to ${showTarget(response, base)}`;
  if (LOGINS.has(status)) return `(${type}): something in front of failsoft wants a login; ${SEND_LOGIN}`;
  if (status === 404) return `(${type}): this is no address of failsoft; check the path of --url`;
  if (status === 413) return `(${type}): a proxy in front of failsoft does not take bodies of this size`;
  if (status >= 500 || status === 429) return `(${type}): a proxy in front of failsoft does not reach it`;
  return `(${type}), which failsoft never does: a login page or another service is at this address`;
}

/** A redirect to the same path elsewhere names the right address; any other leads to a login. */
function showTarget({ url, headers }: Response, base: string): string {
  const location = headers.get('location');
  if (location === null || !URL.canParse(location, url)) return 'nowhere; check --url';
  const { origin, pathname } = new URL(location, url);
  const asked = new URL(url);
  const isMoved = origin !== asked.origin && pathname === asked.pathname;
  if (isMoved) return `${origin}; use --url ${origin}${new URL(base).pathname.replace(/\/$/, '')}`;
  return `${origin}${pathname}: something in front of failsoft wants a login; ${SEND_LOGIN}`;
}

/** The error of failsoft in the text of a response; undefined when something else wrote it. */
function readError(text: string): { code: string; message: string; reasons: string[] } | undefined {
  const body: { error?: unknown; message?: unknown; request_id?: unknown; details?: unknown } =
    parseObject(text) ?? {};
  if (typeof body.error !== 'string' || typeof body.message !== 'string' || body.request_id === undefined)
    return undefined;
  const details = (Array.isArray(body.details) ? body.details : []).map(Object) as {
    path?: unknown;
    message?: unknown;
  }[];
  const { error: code } = body;
  if (details.length === 0) return { code, message: body.message, reasons: [body.message] };
  const places = details.map(({ path, message }) =>
    path === '' ? String(message) : `${String(path)}: ${String(message)}`,
  );
  return {
    code,
    message: `${body.message} (${places.join('; ')})`,
    reasons: details.map(({ message }) => String(message)),
  };
}

/** The object of a text in JSON; undefined when it holds none. */
export function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The pause that a response asks for, given in seconds or as a date; 0 for none. */
export function retryAfterSeconds({ headers }: Response, clock: Clock): number {
  const given = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(given)) return Number(given);
  return Math.max(0, Math.ceil((Date.parse(given) - clock.wall()) / 1_000)) || 0;
}
