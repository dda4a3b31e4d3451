import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { AppError } from './app-error.ts';
import { logInternalError, toAppError, toErrorBody } from './to-app-error.ts';

/** The body of an error response, by the first part of the path, for protocols that have errors of their own. They may add headers. */
export type ErrorBodies = Partial<
  Record<string, (error: AppError, requestId: string, reply: FastifyReply) => object>
>;

/** Turns every error into an HTTP response. No other place does. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly bodies: ErrorBodies = {},
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Sends the response for an error, unless one was sent or the connection is closed. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.raw.destroyed || reply.sent) return;
    const error = toAppError(thrown);
    logInternalError(this.logger, error);
    const { retryAfterSeconds } = error.options;
    if (retryAfterSeconds !== undefined) void reply.header('Retry-After', retryAfterSeconds);
    // The framework closes the connection after every refused body. One that has arrived leaves the connection usable.
    request.raw.resume();
    if (!request.raw.complete) void reply.header('Connection', 'close');
    // False from the beginning of a shutdown.
    else if (reply.raw.shouldKeepAlive) reply.removeHeader('Connection');
    const [, protocol = ''] = request.url.split(/[/?]/, 2);
    const toBody = this.bodies[protocol] ?? toErrorBody;
    void reply.status(error.status).send(toBody(error, request.id, reply));
  }
}
