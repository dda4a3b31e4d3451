import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { RequestContext } from './request-context.ts';

/**
 * Writes one line when the response has been sent or the caller has left: method, path without its query, status and
 * duration. Nothing of bodies or headers.
 */
export function logRequest(
  logger: Logger,
  request: FastifyRequest,
  reply: FastifyReply,
  { requestId, trace }: RequestContext,
): void {
  reply.raw.once('close', () => {
    const line = {
      // The event comes outside of the request's context when the caller has left.
      request_id: requestId,
      ...(trace && { trace_id: trace.traceId }),
      event: 'request',
      method: request.method,
      path: request.url.split('?', 1)[0],
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime),
    };
    if (reply.statusCode >= 500) logger.warn(line, 'request failed');
    else logger.info(line, reply.raw.writableFinished ? 'request completed' : 'request aborted');
  });
}
