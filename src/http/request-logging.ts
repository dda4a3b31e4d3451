import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { RequestContext } from '../telemetry/request-context.ts';

/** As proxies log a caller who left before the response was whole; no response ever has it. */
const CALLER_LEFT = 499;

/**
 * Writes one line when the response has been sent or the caller has left: method, path without its query, status (499
 * for who has left) and duration. Nothing of bodies or headers.
 */
export function logRequest(
  logger: Logger,
  request: FastifyRequest,
  reply: FastifyReply,
  { requestId, trace }: RequestContext,
): void {
  reply.raw.once('close', () => {
    const isSent = reply.raw.writableFinished;
    const line = {
      // The event comes outside of the request's context when the caller has left.
      request_id: requestId,
      ...(trace && { trace_id: trace.traceId }),
      event: 'request',
      method: request.method,
      path: request.url.split('?', 1)[0],
      status: isSent ? reply.statusCode : CALLER_LEFT,
      duration_ms: Math.round(reply.elapsedTime),
    };
    if (isSent && reply.statusCode >= 500) logger.warn(line, 'request failed');
    else logger.info(line, isSent ? 'request completed' : 'request aborted');
  });
}
