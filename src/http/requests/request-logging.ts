import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { RequestContext } from '../../telemetry/request-context.ts';

/** The status that proxies log for a caller who closed the connection early. No response has it. */
const CALLER_LEFT = 499;

/**
 * Logs one line when the response is sent or the caller has gone: method, path without query, status (499 for a caller
 * who has gone) and duration. Bodies and headers are not logged.
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
      // When the caller has gone, the event is emitted outside the request's context.
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
