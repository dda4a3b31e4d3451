import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppError } from './app-error.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import type { ErrorCode } from './error-catalogue.ts';

/** Turns every error into an HTTP response. No other place does. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Sends the response for an error, unless one was sent or the connection is closed. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.raw.destroyed || reply.sent) return;
    const error = toAppError(thrown);
    if (error.code === 'internal_error') this.logger.error({ event: 'internal_error', ...describe(thrown) });
    const { details, retryAfterSeconds, extra } = error.options;
    if (retryAfterSeconds !== undefined) void reply.header('Retry-After', retryAfterSeconds);
    // The framework closes the connection after every refused body. One that has arrived leaves the connection usable.
    request.raw.resume();
    if (!request.raw.complete) void reply.header('Connection', 'close');
    // False from the beginning of a shutdown.
    else if (reply.raw.shouldKeepAlive) reply.removeHeader('Connection');
    void reply.status(error.status).send({
      error: error.code,
      message: error.message,
      ...(details && { details }),
      ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
      ...extra,
      request_id: request.id,
    });
  }
}

const codeOfStatus: Record<number, ErrorCode> = {
  400: 'invalid_request',
  401: 'unauthorized',
  404: 'not_found',
  413: 'payload_too_large',
  // A name longer than any that can be stored.
  414: 'not_found',
  415: 'unsupported_media_type',
  503: 'service_unavailable',
};

const NOT_READABLE = { path: '', message: 'the request cannot be read' };
const NOT_DECODABLE = { path: '', message: 'the path is not percent-encoded UTF-8' };

/** Maps errors of the framework by their status. A client's fault never becomes a 500. */
function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusCodeOf(thrown);
  const isClientFault = status >= 400 && status < 500;
  const code = codeOfStatus[status] ?? (isClientFault ? 'invalid_request' : 'internal_error');
  // The framework rejects requests for their path, and for what it takes for wrong with their headers.
  const detail = codeOf(thrown) === 'FST_ERR_BAD_URL' ? NOT_DECODABLE : NOT_READABLE;
  return new AppError(code, { cause: thrown, ...(code === 'invalid_request' && { details: [detail] }) });
}

function statusCodeOf(thrown: unknown): number {
  const isFrameworks = codeOf(thrown).startsWith('FST_');
  return isFrameworks && thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

/** What happened and where, without the message, which may hold what a user wrote. */
function describe(thrown: unknown): Record<string, unknown> {
  const cause = causeOf(thrown);
  if (!(thrown instanceof Error)) return { cause };
  // The stack begins with the message, any line of which may look like a frame.
  const rest = thrown.stack?.split('\n').slice(thrown.message.split('\n').length);
  return { cause, frames: rest?.filter((line) => line.startsWith('    at ')) };
}
