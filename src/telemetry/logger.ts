import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { currentRequestId } from './request-context.ts';

/** Injection token of the process's logger. */
export const LOGGER = Symbol('LOGGER');

/** Makes the logger: JSON lines on standard output or where told, each with the id of the request it belongs to. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => {
      const requestId = currentRequestId();
      return requestId === undefined ? {} : { request_id: requestId };
    },
  };
  return destination ? pino(options, destination) : pino(options);
}
