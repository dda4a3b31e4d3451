import type { GuardSettings } from '../../config/app-config.ts';
import type { SlidingWindow } from './sliding-window.ts';

/** Decides from the latest calls whether a circuit opens. A strategy is one entry of `tripStrategies`. */
export interface TripStrategy {
  /** Failures that count towards the next trip. */
  failCount(history: SlidingWindow, settings: GuardSettings): number;
  /** Whether the circuit opens. Called after each failure. */
  trips(history: SlidingWindow, settings: GuardSettings): boolean;
}

/** Calls that `count` looks at. Raising it lets older failures open the circuit. */
const COUNTED_CALLS = 100;
/** Share of failed calls above which `rate` trips. Raising it keeps a partly failing service in use longer. */
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
 * The trip strategies by name. `consecutive`: `failThreshold` failures in a row. `rate`: more than half of the calls in
 * the window, once there are `failThreshold` calls. `count`: `failThreshold` failures among the last 100 calls. All of
 * them forget calls older than the failure window.
 */
export const tripStrategies: Record<GuardSettings['strategy'], TripStrategy> = { consecutive, rate, count };
