import { pino, type Logger } from 'pino';
import { currentRequestId } from './request-context.ts';

/** Injection token of the process's logger. */
export const LOGGER = Symbol('LOGGER');

/** Makes the logger: JSON lines on standard output, each with the id of the request it belongs to. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => {
      const requestId = currentRequestId();
      return requestId === undefined ? {} : { request_id: requestId };
    },
  });
}
