import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { chooseRequestId } from './requests/request-id.ts';
import { AppError } from './app-error.ts';
import type { ErrorCode } from './error-catalogue.ts';

/** Node's codes for requests that do not arrive completely. Everything else is not HTTP. */
const codes: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

const NOT_HTTP = { path: '', message: 'this is not valid HTTP' };

/**
 * Answers bytes that are not a valid request with an error of the usual shape, and closes the connection. The request id
 * is generated, because no header can be trusted. A connection with an earlier response is only closed: it may be in the
 * middle of that response.
 */
export function answerMalformedRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.bytesWritten > 0) return void socket.destroy();
  refuseOnSocket(codes[error.code ?? ''] ?? 'invalid_request', socket);
}

/** Answers on a connection that no response belongs to, and closes it. */
export function refuseOnSocket(code: ErrorCode, socket: Duplex): void {
  socket.on('error', () => undefined);
  socket.end(responseTo(code), () => socket.destroy());
}

function responseTo(code: ErrorCode): string {
  const { status, message } = new AppError(code);
  const requestId = chooseRequestId(undefined);
  const details = code === 'invalid_request' ? { details: [NOT_HTTP] } : {};
  const body = JSON.stringify({ error: code, message, ...details, request_id: requestId });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
