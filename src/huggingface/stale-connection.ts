import { subscribe } from 'node:diagnostics_channel';
import { isRecord } from './is-record.ts';

/** A request inside the HTTP client of Node.js, which `fetch` uses. */
type ClientRequest = object;

/** Connections that have carried a request. */
const usedSockets = new WeakSet<object>();
/** Requests sent on such a connection, as long as no response to them has begun. */
const onUsedSocket = new WeakSet<ClientRequest>();
/** Errors of such requests. */
const staleErrors = new WeakSet<object>();

subscribe('undici:client:sendHeaders', (message) => {
  const { request, socket } = message as { request: ClientRequest; socket: object };
  if (usedSockets.has(socket)) onUsedSocket.add(request);
  usedSockets.add(socket);
});
subscribe('undici:request:headers', (message) => {
  onUsedSocket.delete((message as { request: ClientRequest }).request);
});
subscribe('undici:request:error', (message) => {
  const { request, error } = message as { request: ClientRequest; error: object };
  if (onUsedSocket.has(request)) staleErrors.add(error);
});

/** Ends of a connection as the system and the HTTP client name them. A time limit or an abort is none of them. */
const CONNECTION_ENDED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
/** Other idle connections may have ended, too. Raised, a host that ends every used connection is called more often. */
const MAX_REPEATS = 3;

/**
 * Calls again when the other side had ended the idle connection that the request was sent on: no service has seen the
 * request, as far as can be known. On a new connection the same error is a failure.
 * @throws what the last call threw
 */
export async function repeatOnStaleConnection<T>(call: () => Promise<T>): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await call();
    } catch (error) {
      if (repeats >= MAX_REPEATS || !isOfStaleConnection(error)) throw error;
    }
  }
}

/** Whether the other side ended the connection after it was opened. */
export function isConnectionEnded(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown };
  return isRecord(cause) && CONNECTION_ENDED.has(String(cause['code']));
}

function isOfStaleConnection(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: unknown };
  return isRecord(cause) && staleErrors.has(cause) && isConnectionEnded(error);
}
