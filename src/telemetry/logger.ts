import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { currentContext } from './request-context.ts';

/** Injection token of the process's logger. */
export const LOGGER = Symbol('LOGGER');

/** Handing a line over takes several times the work of making it, so lines leave together: as many bytes of them … */
const GROUP_BYTES = 4_096;
/** … or what there is after this time. */
const GROUP_MS = 100;

/**
 * Makes the logger: JSON lines on standard output or where told, each with the id of the request, and of the caller's
 * trace, that it belongs to. On standard output lines wait for up to 0.1 s; what waits is written when the process exits.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // Who says which request a line is about needs no looking up, and no copy of the line.
    mixin: (line) => ('request_id' in line ? line : describeContext()),
    mixinMergeStrategy: (line: object, context: object) =>
      context === line ? line : Object.assign(context, line),
  };
  return pino(options, destination ?? openStandardOutput());
}

function describeContext(): object {
  const context = currentContext();
  return {
    ...(context && { request_id: context.requestId }),
    ...(context?.trace && { trace_id: context.trace.traceId }),
  };
}

function openStandardOutput(): DestinationStream {
  return pino.destination({ sync: false, minLength: GROUP_BYTES, periodicFlush: GROUP_MS });
}
