import { ServiceError } from './service-error.ts';

/** What the log says of a failure. No field can hold a text that a user, a document or another service wrote. */
export interface Cause {
  /** The class of the error, or the type of a thrown value that is no error. */
  name: string;
  /** The class of the innermost cause, where it says more than "Error". */
  origin?: string | undefined;
  /** The message of an error that the service itself throws. */
  message?: string | undefined;
  /** The code of the system, the HTTP client, TLS or Redis, such as `ECONNREFUSED`, `CERT_HAS_EXPIRED` or `READONLY`. */
  code?: string | undefined;
  /** The SQLSTATE of an error of Postgres. */
  sql_state?: string | undefined;
  /** The status that a service has answered with. */
  http_status?: number | undefined;
  /** What was wrong with a response, such as `unfinished`, or what the service complains of, such as `context_too_long`. */
  defect?: string | undefined;
  /** The system's number of the error, below 0. */
  errno?: number | undefined;
}

/** A SQLSTATE. Node has codes of five letters too, EPIPE for one; every SQLSTATE in use has a digit. */
export const SQL_STATE = /^(?=.*\d)[0-9A-Z]{5}$/;

const NAME = /^[A-Za-z_$][\w$]{0,63}$/;
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const DEFECT = /^[a-z][a-z_]{1,40}$/;
/** What the classes of many kinds of errors are called, as those of the Postgres driver are. */
const UNTOLD = new Set(['Error', 'error']);
/** Redis puts its code at the beginning of an error reply, and the client keeps it there. */
const REPLIES = new Set(['ErrorReply', 'SimpleError', 'BlobError']);
const REPLY_CODE = /^[A-Z]{3,16}(?= )/;
/** The HTTP client tells the status of a proxy that opens no tunnel in its message alone. */
const TUNNEL_STATUS = /^Proxy response \((\d{3})\)/;
/** Raised, a longer message of the service's own fits into a line, which repeats it for every failure. */
const MAX_MESSAGE = 300;
/** Far below every number of a system's error. Raised, numbers that are none would be shown. */
const MIN_ERRNO = -10_000;
/** Errors that are looked at. Raised, a longer chain of causes is followed to its end. */
const MAX_ERRORS = 16;

/**
 * Says in bounded values what was thrown. Each value is that of the outermost error that has it: causes, and the errors of
 * an AggregateError, are looked at after the error itself. Never throws.
 */
export function causeOf(thrown: unknown): Cause {
  const errors = withCauses(thrown);
  const first = <T>(extract: (error: object) => T | undefined) =>
    errors.map(extract).find((value) => value !== undefined);
  return {
    name: typeof thrown === 'object' && thrown !== null ? nameOf(thrown) : typeof thrown,
    origin: errors
      .slice(1)
      .map(nameOf)
      .findLast((name) => !UNTOLD.has(name)),
    message: first(messageOf),
    code: first(codeOf),
    sql_state: first((error) => match(error, 'code', SQL_STATE)),
    http_status: first(statusOf),
    defect: first((error) => match(error, 'defect', DEFECT)),
    errno: first(errnoOf),
  };
}

/** A cause in one word, for a label: the most telling of its codes. */
export function nameCause({ name, origin, code, sql_state, http_status, defect }: Cause): string {
  const status = http_status === undefined ? undefined : `http_${http_status}`;
  const words = [status, defect].filter((word) => word !== undefined);
  return words.length > 0 ? words.join('_') : (sql_state ?? code ?? origin ?? name);
}

function withCauses(thrown: unknown): object[] {
  const found: object[] = [];
  const waiting = [thrown];
  while (waiting.length > 0 && found.length < MAX_ERRORS) {
    const next = waiting.shift();
    if (typeof next !== 'object' || next === null || found.includes(next)) continue;
    found.push(next);
    const { cause, errors } = next as Partial<AggregateError>;
    waiting.push(cause, ...(Array.isArray(errors) ? errors.slice(0, MAX_ERRORS) : []));
  }
  return found;
}

function nameOf(error: object): string {
  const names = [read(error, 'name'), error.constructor?.name];
  const valid = names.filter((name): name is string => typeof name === 'string' && NAME.test(name));
  return valid.find((name) => !UNTOLD.has(name)) ?? valid[0] ?? 'Error';
}

function messageOf(error: object): string | undefined {
  return error instanceof ServiceError ? error.message.slice(0, MAX_MESSAGE) : undefined;
}

function codeOf(error: object): string | undefined {
  const code = match(error, 'code', CODE);
  if (code !== undefined) return SQL_STATE.test(code) ? undefined : code;
  if (!REPLIES.has(nameOf(error))) return undefined;
  return REPLY_CODE.exec(String(read(error, 'message')))?.[0];
}

function statusOf(error: object): number | undefined {
  const response: object = Object(read(error, 'httpResponse'));
  const tunnel = TUNNEL_STATUS.exec(String(read(error, 'message')))?.[1];
  const own = [read(error, 'status'), read(error, 'statusCode'), read(response, 'status')];
  const found = [...own, Number(tunnel)];
  return found.find((value): value is number => isWithin(value, 100, 599));
}

function errnoOf(error: object): number | undefined {
  const errno = read(error, 'errno');
  return isWithin(errno, MIN_ERRNO, -1) ? errno : undefined;
}

function match(error: object, property: string, pattern: RegExp): string | undefined {
  const value = read(error, property);
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function read(value: object, property: string): unknown {
  return (value as Record<string, unknown>)[property];
}
