import { pino } from 'pino';
import { logSideFailures } from '../../src/telemetry/side-failures.ts';

/**
 * Logs failures beside the questions, as the service does.
 * @param now returns monotonic milliseconds
 * @returns the lines so far, parsed, and a function that ends the logging
 */
export function recordSideFailures(now: () => number = () => 0) {
  const lines: Record<string, unknown>[] = [];
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino(
    { base: null, timestamp: false, formatters },
    { write: (line) => lines.push(JSON.parse(line)) },
  );
  return { lines, end: logSideFailures(logger, now) };
}
