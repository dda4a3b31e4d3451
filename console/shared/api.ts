import { adminKey, keepAdminKey } from './admin-key.ts';
import { BASE } from './base.ts';

/** A call that did not succeed, with the sentence of the service that may be shown. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** 0 when there was no response. */
    readonly status: number,
    /** The code of the error catalogue; empty when something else answered. */
    readonly code: string,
    readonly retryAfterSeconds: number | undefined,
    /** The body of the error, as far as it was JSON. */
    readonly body?: unknown,
  ) {
    super(message);
  }
}

/** What a call may say beyond its path. */
export interface CallOptions {
  method?: string;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Sends the admin key. */
  isAdmin?: boolean;
  signal?: AbortSignal;
  /** After how many milliseconds the call is given up. */
  limitMs?: number;
  /** The limit is for the headers alone: the body comes for as long as it does. */
  isStream?: boolean;
}

const LIMIT_MS = 30_000;

/** The absolute address of a path of the service, such as `query`. */
export function addressOf(path: string): string {
  return new URL(path, BASE).href;
}

/** Calls the service. @throws ApiError for every failure; the signal's reason */
export async function call(path: string, options: CallOptions = {}): Promise<Response> {
  const { method = 'GET', body, isAdmin = false, signal, limitMs = LIMIT_MS, isStream } = options;
  const headers = new Headers(options.headers);
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (isAdmin) headers.set('authorization', `Bearer ${adminKey.value}`);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException('', 'TimeoutError')), limitMs);
  const init: RequestInit = {
    method,
    headers,
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.any(signal ? [signal, late.signal] : [late.signal]),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  const response = await fetch(addressOf(path), init).catch((error: unknown) => {
    signal?.throwIfAborted();
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    const message = isLate ? 'The service did not answer in time.' : 'The service cannot be reached.';
    throw new ApiError(message, 0, '', undefined);
  });
  if (response.ok) {
    if (isStream) clearTimeout(timer);
    return response;
  }
  const error = await toApiError(response);
  // A proxy may answer 401 for itself, and an earlier request may have had an earlier key.
  const isRefused =
    error.code === 'unauthorized' && headers.get('authorization') === `Bearer ${adminKey.value}`;
  if (isAdmin && isRefused) keepAdminKey('');
  throw error;
}

/** Calls the service and reads its JSON. @throws as `call` does */
export async function callJson<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await call(path, options);
  try {
    return (await response.json()) as T;
  } catch {
    options.signal?.throwIfAborted();
    throw new ApiError('The response of the service cannot be read.', response.status, '', undefined);
  }
}

async function toApiError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  const { message, error, details } = Object(body) as {
    message?: unknown;
    error?: unknown;
    details?: unknown;
  };
  const reasons = Array.isArray(details) ? details.map(describeDetail).join('; ') : '';
  const said = typeof message === 'string' ? message : `The service answered ${response.status}.`;
  const after = Number(response.headers.get('retry-after'));
  return new ApiError(
    reasons === '' ? said : `${said} ${reasons}`,
    response.status,
    typeof error === 'string' ? error : '',
    after > 0 ? after : undefined,
    body,
  );
}

function describeDetail(detail: unknown): string {
  const { path, message } = Object(detail) as { path?: unknown; message?: unknown };
  return path ? `${String(path)}: ${String(message)}` : String(message);
}
