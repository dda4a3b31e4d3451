import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Options } from 'pino-http';

/** One line per request: method, path without its query, status and duration. Nothing of bodies or headers. */
export function requestLogging(logger: Logger): Options {
  return {
    logger,
    customAttributeKeys: { responseTime: 'duration_ms' },
    customSuccessObject: (request, response, value: object) => ({ ...value, ...describe(request, response) }),
    customErrorObject: (request, response, _, value: object) => ({
      ...value,
      ...describe(request, response),
    }),
    customLogLevel: (_, response) => (response.statusCode >= 500 ? 'warn' : 'info'),
    customSuccessMessage: () => 'request completed',
    customErrorMessage: () => 'request failed',
    serializers: { req: () => undefined, res: () => undefined, err: () => undefined },
  };
}

function describe(request: IncomingMessage, response: ServerResponse): object {
  // The framework strips its middleware's mount path from `url`.
  const url = 'originalUrl' in request ? String(request.originalUrl) : (request.url ?? '');
  return { event: 'request', method: request.method, path: url.split('?')[0], status: response.statusCode };
}
