import { channel } from 'node:diagnostics_channel';
import type { Logger } from 'pino';
import { causeOf } from './cause-of.ts';
import { LogSampler } from './log-sampler.ts';

/** Work beside the questions that has failed. Every value comes from a bounded set. */
export type SideFailure =
  | { event: 'peer_channel_failed' }
  | { event: 'sharing_failed' }
  | { event: 'background_work_failed'; task: string }
  | { event: 'probe_failed'; breaker_name: string }
  | { event: 'guard_listener_failed'; received: string }
  | { event: 'metric_failed'; metric: string };

/** A probe that fails is expected in an outage. A listener never is: it is a bug. */
const LEVELS: Record<SideFailure['event'], 'info' | 'warn' | 'error'> = {
  peer_channel_failed: 'warn',
  sharing_failed: 'warn',
  background_work_failed: 'warn',
  metric_failed: 'warn',
  probe_failed: 'info',
  guard_listener_failed: 'error',
};
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
 * Logs side failures, at most one a minute of those that are the same but for their cause. Never throws.
 * @param now returns monotonic milliseconds
 * @returns a function that ends the logging
 */
export function logSideFailures(logger: Logger, now: () => number): () => void {
  const sampler = new LogSampler(logger, now, EVERY_MS);
  const log = (message: unknown) => {
    const { failure, error } = message as Report;
    try {
      sampler.write(LEVELS[failure.event], JSON.stringify(failure), { ...failure, cause: causeOf(error) });
    } catch {
      // Node ends the process for a subscriber that throws, and a log that fails cannot say so.
    }
  };
  failures.subscribe(log);
  return () => failures.unsubscribe(log);
}
