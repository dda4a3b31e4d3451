import type { GuardSettings } from '../../config/app-config.ts';
import type { SlidingWindow } from './sliding-window.ts';

/** Decides from the latest calls whether a circuit opens. */
export interface TripStrategy {
  /** Failures that count towards the next trip. */
  failCount(history: SlidingWindow, settings: GuardSettings): number;
  /** Whether they are enough; asked after each failure. */
  trips(history: SlidingWindow, settings: GuardSettings): boolean;
}

/** How far back `count` looks. */
const COUNTED_CALLS = 100;
/** Share of failed calls above which `rate` trips. */
const MAX_FAILURE_RATE = 0.5;

const consecutive: TripStrategy = {
  failCount: (history, { failureWindowMs, failThreshold }) =>
    history.consecutiveFailures(failureWindowMs, failThreshold),
  trips: (history, settings) => consecutive.failCount(history, settings) >= settings.failThreshold,
};

const rate: TripStrategy = {
  failCount: (history, { failureWindowMs }) => history.count(failureWindowMs).failures,
  trips(history, { failureWindowMs, failThreshold }) {
    const { calls, failures } = history.count(failureWindowMs);
    return calls >= failThreshold && failures > calls * MAX_FAILURE_RATE;
  },
};

const count: TripStrategy = {
  failCount: (history, { failureWindowMs }) => history.failuresAmong(COUNTED_CALLS, failureWindowMs),
  trips: (history, settings) => count.failCount(history, settings) >= settings.failThreshold,
};

/**
 * The strategies by their names: so many failures in a row; more than half of the window's calls, at least
 * `failThreshold` of them; so many failures among the last 100 calls. Each forgets what is older than the window.
 */
export const tripStrategies: Record<GuardSettings['strategy'], TripStrategy> = { consecutive, rate, count };
