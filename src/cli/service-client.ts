import type { z } from 'zod';
import type { AppConfig } from '../config/app-config.ts';
import { HEADER_LINE } from '../config/env.ts';
import { sleep, systemClock, type Clock } from '../resilience/time/clock.ts';
import {
  ConnectionError,
  judgeResponse,
  NobodyThereError,
  parseObject,
  retryAfterSeconds,
  ServiceCallError,
  UsageError,
} from './service-failure.ts';

/** The options of a command that calls a running service. */
export interface ServiceOptions {
  url?: string;
  header?: string[];
}

/** How long one call may take, and how often it is made while the service is unavailable. */
export interface CallLimits {
  limitMs: number;
  maxTries: number;
  /** Statuses that are a result and no failure, with a body in JSON or none. */
  results?: readonly number[];
  /** Whether the service may need longer than it may say nothing: it then has to answer health checks meanwhile. */
  isLong?: boolean;
}

/** A response with the pieces of its body as they come. */
export interface Reply {
  status: number;
  headers: Headers;
  /** Can be read once. @throws ServiceCallError */
  pieces: AsyncIterable<Uint8Array>;
}

/** A response with its parsed body. */
interface JsonReply<T> extends Omit<Reply, 'pieces'> {
  body: T;
}

/** How long a service may say nothing. Streams have a comment every ten seconds. Raised, a dead connection is noticed later. */
const QUIET_MS = 60_000;
/** How long a health check may take: a part of that minute. */
const THERE_LIMIT_MS = 10_000;

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

/** Calls a running service, which may be behind proxies that answer in its place. */
export class ServiceClient {
  /** Without credentials and without a slash at its end. */
  readonly url: string;
  private readonly headers: Headers;
  private hasAnswered = false;

  /** @throws UsageError for an address or a header that cannot be used */
  constructor(
    { url, header = [] }: ServiceOptions,
    { http, clientHeaders }: Pick<AppConfig, 'http' | 'clientHeaders'>,
    private readonly clock: Clock = systemClock,
  ) {
    const host = http.host.includes(':') ? `[${http.host}]` : http.host;
    const given = url ?? `http://${host}:${http.port}`;
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
      throw new UsageError('--url must be a URL that starts with http:// or https://');
    const address = new URL(given);
    this.headers = new Headers();
    if (address.username || address.password) this.headers.set('authorization', basicAuthorization(address));
    for (const line of [...clientHeaders, ...header]) {
      const [, name = '', value = ''] = HEADER_LINE.exec(line) ?? [];
      if (name === '') throw new UsageError("--header must be 'Name: value', in printable ASCII");
      if (OWN_HEADERS.test(name))
        throw new UsageError(`the header ${name} cannot be given: it belongs to the connection`);
      this.headers.set(name, value);
    }
    address.username = '';
    address.password = '';
    address.hash = '';
    address.search = '';
    this.url = address.href.replace(/\/+$/, '');
  }

  /**
   * Makes a call and reads its response. Repeats it while the service is unavailable or not reachable; where nobody has answered
   * before, an address at which nothing listens is not tried again.
   * @throws ServiceCallError, or what `read` throws
   */
  async call<T>(
    path: string,
    init: RequestInit,
    limits: CallLimits,
    read: (reply: Reply) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(path, init, limits, read);
      } catch (error) {
        if (!(error instanceof ServiceCallError) || attempt >= limits.maxTries) throw error;
        if (error instanceof NobodyThereError && !this.hasAnswered) throw error;
        if (!(error instanceof ConnectionError) && !TEMPORARY.has(error.status ?? 0)) throw error;
        await sleep(this.clock, Math.min(error.retryAfter || WAIT_SECONDS, MAX_WAIT_SECONDS) * 1_000);
      }
    }
  }

  /**
   * Makes a call whose response is JSON; repeats it as `call` does, and when the response breaks off.
   * @param schema the part of the body that is needed; the rest is kept
   * @throws ServiceCallError, also for a body that is no JSON, or not of that form
   */
  callJson<T>(path: string, init: RequestInit, limits: CallLimits, schema: z.ZodType): Promise<JsonReply<T>> {
    return this.call(path, init, limits, async ({ status, headers, pieces }) => {
      const body = parseObject(await readText(pieces));
      if (!body)
        throw new ServiceCallError(`${this.url} answered ${status} with a body that cannot be read`, status);
      if (!schema.safeParse(body).success) throw this.foreignError();
      return { status, headers, body: body as T };
    });
  }

  /** Whether failsoft responds at the address within ten seconds. */
  isThere(): Promise<boolean> {
    return this.call('/health/live', {}, { limitMs: THERE_LIMIT_MS, maxTries: 1 }, isObject).catch(
      () => false,
    );
  }

  /** What is thrown when something else answers at the address. */
  foreignError(): ServiceCallError {
    return new ServiceCallError(`${this.url} answered with what is not failsoft's; check --url`);
  }

  /** What is thrown when a response ends too early. */
  brokenError(): ConnectionError {
    return new ConnectionError(`the connection to ${this.url} broke before the answer was complete`);
  }

  private async attempt<T>(
    path: string,
    init: RequestInit,
    { limitMs, results, isLong = false }: CallLimits,
    read: (reply: Reply) => Promise<T>,
  ): Promise<T> {
    const stop = new AbortController();
    const giveUp = (why: string) => stop.abort(new ServiceCallError(`the service at ${this.url} ${why}`));
    const limit = setTimeout(giveUp, limitMs, `took more than ${limitMs / 1_000} s`);
    const quiet = setTimeout(
      async () => {
        if (isLong && (await this.isThere())) quiet.refresh();
        else giveUp(`said nothing for ${QUIET_MS / 1_000} s`);
      },
      QUIET_MS - (isLong ? THERE_LIMIT_MS : 0),
    );
    const fail = (error: Error) => (stop.signal.aborted ? (stop.signal.reason as Error) : error);
    try {
      const response = await this.fetch(path, init, stop.signal).catch((error: unknown) => {
        throw fail(this.toFailure(error));
      });
      this.hasAnswered = true;
      const pieces = listen(
        response,
        () => quiet.refresh(),
        () => fail(this.brokenError()),
      );
      const failure = await judgeResponse(response, { url: this.url, results, read: () => readText(pieces) });
      if (!failure) return await read({ status: response.status, headers: response.headers, pieces });
      failure.retryAfter = retryAfterSeconds(response, this.clock);
      throw failure;
    } finally {
      clearTimeout(limit);
      clearTimeout(quiet);
      // A body that nobody has read to its end would keep its connection.
      stop.abort();
    }
  }

  private fetch(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const headers = new Headers(this.headers);
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
    // A followed redirect would become a GET, or would send the credentials elsewhere.
    return fetch(this.url + path, { ...init, headers, redirect: 'manual', signal });
  }

  /** Why there was no response. */
  private toFailure(error: unknown): ConnectionError {
    const { name, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    const code = cause?.code ?? cause?.message ?? name;
    if (!NOBODY_THERE.has(code))
      return new ConnectionError(`the service at ${this.url} cannot be reached (${code})`);
    return new NobodyThereError(
      `No failsoft runs at ${this.url} (${code}): start one with 'failsoft serve' or 'npm start', or name one with --url`,
    );
  }
}

/** The pieces of a body as they come. */
async function* listen(
  { body }: Response,
  onPiece: () => void,
  toFailure: () => Error,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body ?? []) {
      onPiece();
      yield piece;
    }
  } catch {
    throw toFailure();
  }
}

async function isObject({ pieces }: Reply): Promise<boolean> {
  return parseObject(await readText(pieces)) !== undefined;
}

async function readText(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(pieces)).toString();
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
