import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { ServiceError } from '../../telemetry/service-error.ts';

/** The abort reason of a request whose caller closed the connection. */
export class CallerGoneError extends ServiceError {
  constructor() {
    super('the caller closed the connection');
  }
}

/** A signal that aborts when the caller closes the connection before the response is sent, or has closed it already. */
export function callerSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  // The request's own `close` event comes as soon as its body is read.
  const onClose = () => {
    if (!response.writableFinished) controller.abort(new CallerGoneError());
  };
  if (response.destroyed) onClose();
  else response.once('close', onClose);
  return controller.signal;
}

/** Parameter decorator: the signal of the request's caller. */
export const CallerSignal = createParamDecorator((_: unknown, context: ExecutionContext): AbortSignal =>
  callerSignal(context.switchToHttp().getResponse<{ raw: ServerResponse }>().raw),
);
