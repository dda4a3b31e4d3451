import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { currentContext } from './request-context.ts';

/** Injection token of the process's logger. */
export const LOGGER = Symbol('LOGGER');

/** Makes the logger: JSON lines on standard output or where told, each with the id of the request, and of the caller's trace, that it belongs to. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => {
      const context = currentContext();
      return {
        ...(context && { request_id: context.requestId }),
        ...(context?.trace && { trace_id: context.trace.traceId }),
      };
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
