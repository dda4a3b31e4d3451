import { HttpException } from '@nestjs/common';
import type { Logger } from 'pino';
import { causeOf } from '../telemetry/cause-of.ts';
import { AppError } from './app-error.ts';
import type { ErrorCode } from './error-catalogue.ts';

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
export function toAppError(thrown: unknown): AppError {
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

/** The body of an error response. */
export function toErrorBody({ code, message, options, drill }: AppError, requestId: string) {
  const { details, retryAfterSeconds, extra } = options;
  return {
    error: code,
    message,
    ...(details && { details }),
    ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
    ...extra,
    ...(drill && { drill }),
    request_id: requestId,
  };
}

/** Logs an error that is our fault: what happened and where, without the message, which may hold what a user wrote. */
export function logInternalError(logger: Logger, { code, options: { cause: thrown } }: AppError): void {
  if (code !== 'internal_error') return;
  const cause = causeOf(thrown);
  if (!(thrown instanceof Error)) return logger.error({ event: 'internal_error', cause });
  // The stack begins with the message, any line of which may look like a frame.
  const rest = thrown.stack?.split('\n').slice(thrown.message.split('\n').length);
  const frames = rest?.filter((line) => line.startsWith('    at '));
  logger.error({ event: 'internal_error', cause, frames });
}
