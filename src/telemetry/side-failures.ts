import { channel } from 'node:diagnostics_channel';
import type { Logger } from 'pino';
import { causeOf } from './cause-of.ts';
import { LogSampler } from './log-sampler.ts';

/** Work beside the questions that has failed. `task` and `metric` come from bounded sets. */
export type SideFailure =
  | { event: 'peer_channel_failed' }
  | { event: 'sharing_failed' }
  | { event: 'background_work_failed'; task: string }
  | { event: 'metric_failed'; metric: string };

/** Milliseconds between two lines of a kind. Raising it shows later that a failure goes on. */
const EVERY_MS = 60_000;

/** A channel of the process. The places that report are many and deep, and none of them needs a logger for it. */
const failures = channel('failsoft:side-failure');

interface Report {
  failure: SideFailure;
  error: unknown;
}

/** Reports a failure that fails nothing else and would not be seen otherwise. Never throws. */
export function reportSideFailure(failure: SideFailure, error: unknown): void {
  const report: Report = { failure, error };
  failures.publish(report);
}

/**
 * Logs side failures as warnings: of each event, task and metric at most one a minute.
 * @param now returns monotonic milliseconds
 * @returns a function that ends the logging
 */
export function logSideFailures(logger: Logger, now: () => number): () => void {
  const sampler = new LogSampler(logger, now, EVERY_MS);
  const log = (message: unknown) => {
    const { failure, error } = message as Report;
    sampler.write('warn', JSON.stringify(failure), { ...failure, cause: causeOf(error) });
  };
  failures.subscribe(log);
  return () => failures.unsubscribe(log);
}
