import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { currentContext, type RequestContext } from './request-context.ts';

/** Injection token of the logger. */
export const LOGGER = Symbol('LOGGER');

/** Lines are written in groups of this size, because a write costs several times as much as a line. */
const GROUP_BYTES = 4_096;
/** A smaller group is written after this time. */
const GROUP_MS = 100;

/**
 * Creates the logger. It writes JSON lines with the ids of the request and of the caller's trace. On standard output,
 * lines are buffered for up to 0.1 s, and the buffer is written when the process exits.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: () => {
      const context = currentContext();
      return context ? describe(context) : {};
    },
  };
  return pino(options, destination ?? openStandardOutput());
}

function describe({ requestId, trace }: RequestContext): object {
  return { request_id: requestId, ...(trace && { trace_id: trace.traceId }) };
}

function openStandardOutput(): DestinationStream {
  return pino.destination({ sync: false, minLength: GROUP_BYTES, periodicFlush: GROUP_MS });
}
