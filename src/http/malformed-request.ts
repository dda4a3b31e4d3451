import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { chooseRequestId } from './request-id.ts';
import { AppError } from './app-error.ts';
import type { ErrorCode } from './error-catalogue.ts';

/** What Node calls it when a request does not arrive as one; everything else is not HTTP. */
const codes: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

const NOT_HTTP = { path: '', message: 'this is not valid HTTP' };

/**
 * Answers bytes that never became a request, in the shape of every other error, and ends their connection. Its id is made,
 * since no header of it is to be trusted. A connection that was answered before is only ended: it may be in the middle of
 * a response.
 */
export function answerMalformedRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.bytesWritten > 0) return void socket.destroy();
  socket.write(responseTo(codes[error.code ?? ''] ?? 'invalid_request'));
  socket.destroySoon();
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
