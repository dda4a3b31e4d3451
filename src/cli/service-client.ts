import type { AppConfig } from '../config/app-config.ts';
import { HEADER_LINE } from '../config/env.ts';
import { sleep, systemClock, type Clock } from '../resilience/time/clock.ts';

/** The options of a command that calls a running service. */
export interface ServiceOptions {
  url?: string;
  header?: string[];
}

/** A call to the service did not succeed. The message is one line that says why, and shows no credentials. */
export class ServiceCallError extends Error {
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

/** How long one call may take, and how often it is made while the service is unavailable. */
export interface CallLimits {
  limitMs: number;
  maxTries: number;
  /** Statuses that are a result and no failure, whatever their body. */
  results?: readonly number[];
  /** A field by which a response in JSON is known to be failsoft's. */
  field?: string;
}

/** A response with its parsed body. */
interface JsonReply<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** Pause before a repetition. A service that restarts is back after some seconds. */
const WAIT_SECONDS = 2;
const MAX_WAIT_SECONDS = 60;
/** Statuses after which the same call may succeed later. */
const TEMPORARY = new Set([429, 500, 502, 503, 504]);
/** What the HTTP client sends itself: another value, or one at all, breaks or hangs the connection. */
const OWN_HEADERS =
  /^(connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;
/** Codes of an address at which nothing listens, or that does not exist. */
const NOBODY_THERE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Statuses with which something in front of a service asks for a login; 511 is that of a network's own page. */
const LOGINS = new Set([401, 403, 407, 511]);

const SEND_LOGIN = 'send what it wants with --header or in the URL';

/** Calls a running service, which may be behind proxies that answer in its place. */
export class ServiceClient {
  /** Without credentials and without a slash at its end. */
  readonly url: string;
  private readonly headers: Headers;

  /** @throws ServiceCallError for an address or a header that cannot be used */
  constructor(
    { url, header = [] }: ServiceOptions,
    { http, clientHeaders }: Pick<AppConfig, 'http' | 'clientHeaders'>,
    private readonly clock: Clock = systemClock,
  ) {
    const host = http.host.includes(':') ? `[${http.host}]` : http.host;
    const given = url ?? `http://${host}:${http.port}`;
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
      throw new ServiceCallError('--url must be a URL that starts with http:// or https://');
    const address = new URL(given);
    this.headers = new Headers();
    if (address.username || address.password) this.headers.set('authorization', basicAuthorization(address));
    for (const line of [...clientHeaders, ...header]) {
      const [, name = '', value = ''] = HEADER_LINE.exec(line) ?? [];
      if (name === '') throw new ServiceCallError("--header must be 'Name: value', in printable ASCII");
      if (OWN_HEADERS.test(name))
        throw new ServiceCallError(`the header ${name} cannot be given: it belongs to the connection`);
      this.headers.set(name, value);
    }
    address.username = '';
    address.password = '';
    address.hash = '';
    address.search = '';
    this.url = address.href.replace(/\/+$/, '');
  }

  /**
   * Makes a call, and repeats it while the service is unavailable or not reachable.
   * @throws ServiceCallError
   */
  call(path: string, init: RequestInit, limits: CallLimits): Promise<Response> {
    return this.repeat(path, init, limits, (response) => Promise.resolve(response));
  }

  /**
   * Makes a call whose response is JSON; repeats it as `call` does, and when the response breaks off.
   * @throws ServiceCallError, also for a body that is no JSON
   */
  callJson<T>(path: string, init: RequestInit, limits: CallLimits): Promise<JsonReply<T>> {
    return this.repeat(path, init, limits, async (response) => {
      const { status, headers } = response;
      const body = parseObject(await response.text());
      if (!body)
        throw new ServiceCallError(`${this.url} answered ${status} with a body that cannot be read`, status);
      if (limits.field !== undefined && !(limits.field in body)) throw this.foreignError();
      return { status, headers, body: body as T };
    });
  }

  /** What is thrown when something else answers at the address. */
  foreignError(): ServiceCallError {
    return new ServiceCallError(`${this.url} answered with what is not failsoft's; check --url`);
  }

  private async repeat<T>(
    path: string,
    init: RequestInit,
    limits: CallLimits,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      let asked = 0;
      try {
        const response = await this.fetch(path, init, limits.limitMs);
        const failure = await this.judge(response, limits.results);
        if (!failure) return await read(response);
        asked = retryAfterSeconds(response, this.clock);
        throw failure;
      } catch (error) {
        const failure = error instanceof ServiceCallError ? error : this.toFailure(error, limits.limitMs);
        const isTemporary = failure instanceof ConnectionError || TEMPORARY.has(failure.status ?? 0);
        if (!isTemporary || attempt >= limits.maxTries) throw failure;
      }
      await sleep(this.clock, Math.min(asked || WAIT_SECONDS, MAX_WAIT_SECONDS) * 1_000);
    }
  }

  private fetch(path: string, init: RequestInit, limitMs: number): Promise<Response> {
    const headers = new Headers(this.headers);
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    // A followed redirect would become a GET, or would send the credentials elsewhere.
    const signals = [AbortSignal.timeout(limitMs), ...(init.signal ? [init.signal] : [])];
    const signal = AbortSignal.any(signals);
    return fetch(this.url + path, { ...init, headers, redirect: 'manual', signal });
  }

  /** Why there was no response, or only a part of one. A timeout is not repeated. */
  private toFailure(error: unknown, limitMs: number): ServiceCallError {
    const { name, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    if (name === 'TimeoutError')
      return new ServiceCallError(`the service at ${this.url} took more than ${limitMs / 1_000} s`);
    const code = cause?.code ?? cause?.message ?? name;
    if (NOBODY_THERE.has(code))
      return new ConnectionError(
        `No failsoft runs at ${this.url} (${code}): start one with 'failsoft serve' or 'npm start', or name one with --url`,
      );
    return new ConnectionError(`the service at ${this.url} cannot be reached (${code})`);
  }

  /** Why a response is not what failsoft answers to a call that succeeded; undefined when it is. */
  private async judge(
    response: Response,
    results: readonly number[] = [],
  ): Promise<ServiceCallError | undefined> {
    const { status, headers } = response;
    if (results.includes(status)) return undefined;
    const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() || 'no content type';
    if (response.ok && /\bjson$|^application\/x-ndjson$|^text\/event-stream$/.test(type)) return undefined;
    const body = await readError(response, type);
    const said = `${this.url} answered ${status}`;
    if (body) return new ServiceCallError(`${said}: ${body.message}`, status, body.reasons, body.code);
    return new ServiceCallError(`${said} ${this.explain(response, type)}`, status);
  }

  /** What answered in the place of failsoft, and what can be done. */
  private explain(response: Response, type: string): string {
    const { status } = response;
    if (status >= 300 && status < 400) return `and redirects to ${this.showTarget(response)}`;
    if (LOGINS.has(status)) return `(${type}): something in front of failsoft wants a login; ${SEND_LOGIN}`;
    if (status === 404) return `(${type}): this is no address of failsoft; check the path of --url`;
    if (status === 413) return `(${type}): a proxy in front of failsoft does not take bodies of this size`;
    if (status >= 500 || status === 429) return `(${type}): a proxy in front of failsoft does not reach it`;
    return `(${type}), which failsoft never does: a login page or another service is at this address`;
  }

  /** A redirect to the same path elsewhere names the right address; any other leads to a login. */
  private showTarget({ url, headers }: Response): string {
    const location = headers.get('location');
    if (location === null || !URL.canParse(location, url)) return 'nowhere; check --url';
    const { origin, pathname } = new URL(location, url);
    const asked = new URL(url);
    const isMoved = origin !== asked.origin && pathname === asked.pathname;
    if (isMoved) return `${origin}; use --url ${origin}${new URL(this.url).pathname.replace(/\/$/, '')}`;
    return `${origin}${pathname}: something in front of failsoft wants a login; ${SEND_LOGIN}`;
  }
}

/** The error of failsoft in a response; undefined when something else wrote it. */
async function readError(
  response: Response,
  type: string,
): Promise<{ code: string; message: string; reasons: string[] } | undefined> {
  const isJson = type === 'application/json';
  const text = isJson ? await response.text().catch(() => '') : '';
  if (!isJson) await response.body?.cancel().catch(() => undefined);
  const body: { error?: unknown; message?: unknown; request_id?: unknown; details?: unknown } =
    parseObject(text) ?? {};
  if (typeof body.error !== 'string' || typeof body.message !== 'string' || body.request_id === undefined)
    return undefined;
  const details = (Array.isArray(body.details) ? body.details : []) as {
    path?: unknown;
    message?: unknown;
  }[];
  const { error: code } = body;
  if (details.length === 0) return { code, message: body.message, reasons: [body.message] };
  const places = details.map(({ path, message }) => `${String(path)}: ${String(message)}`);
  return {
    code,
    message: `${body.message} (${places.join('; ')})`,
    reasons: details.map(({ message }) => String(message)),
  };
}

/** The object of a text in JSON; undefined when it holds none. */
function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The pause that a response asks for, given in seconds or as a date; 0 for none. */
function retryAfterSeconds({ headers }: Response, clock: Clock): number {
  const given = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(given)) return Number(given);
  return Math.max(0, Math.ceil((Date.parse(given) - clock.wall()) / 1_000)) || 0;
}

/** The header of a user and a password as they stand in a URL. */
function basicAuthorization({ username, password }: URL): string {
  return `Basic ${Buffer.from(`${decodePercent(username)}:${decodePercent(password)}`).toString('base64')}`;
}

function decodePercent(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString(),
  );
}
