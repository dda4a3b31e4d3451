import type { GuardSettings } from '../../config/app-config.ts';
import type { Circuit } from '../circuit/circuit.ts';
import type { FaultInjection } from '../drills/fault-injection.ts';
import type { ExpiringValue } from '../time/expiring-value.ts';
import type { GuardMode, Rejection } from './guard-events.ts';
import type { GuardStatistics } from './guard-statistics.ts';
import type { Hold } from './hold.ts';
import type { LearntNeeds } from './learnt-needs.ts';

/** The parts of a guard that monitoring sees. */
interface GuardParts {
  name: string;
  circuit: Circuit;
  statistics: GuardStatistics;
  settings: GuardSettings;
  mode: GuardMode;
  hold: Hold;
  forced: ExpiringValue<unknown>;
  rejection: Rejection | null;
  learnt: LearntNeeds;
  peersOpen: boolean | null;
  consecutiveTrips: number;
  drill: FaultInjection['shown'];
}

/** Refusals of a closed circuit that show that the target does not work. A throttled target works. */
const UNHEALTHY = new Set<Rejection | null>(['latched', 'loading']);

/** The state of a guard for monitoring. Times are epoch seconds, durations are seconds. */
export function showGuard(parts: GuardParts) {
  const { circuit, statistics, settings, mode, hold } = parts;
  const isForced = mode === 'forced_open' || mode === 'forced_closed';
  return {
    name: parts.name,
    state: circuit.state,
    fail_count: circuit.failCount,
    last_failure_time: statistics.lastFailureTime,
    is_healthy: circuit.state === 'closed' && mode !== 'forced_open' && !UNHEALTHY.has(parts.rejection),
    enabled: mode !== 'disabled',
    mode,
    /** Until a forced mode expires; null in every other mode. */
    mode_ends_in: isForced ? toSeconds(parts.forced.leftMs) : null,
    /** Until trials are admitted; null unless the circuit is open. */
    retry_after: circuit.openLeftMs === null ? null : toSeconds(circuit.openLeftMs),
    /** Why calls are rejected although the circuit may be closed, and for how long; null without a hold. */
    hold: hold.current === undefined ? null : { cause: hold.current, ends_in: toSeconds(hold.leftMs) },
    strategy: settings.strategy,
    window: circuit.window,
    ...statistics.show(),
    /** Openings that lengthen the next break; `trips` counts all. */
    consecutive_trips: parts.consecutiveTrips,
    half_open_trials: circuit.trialsInFlight,
    /** What the service needs beyond its configuration; null when nothing was learnt. */
    learnt: parts.learnt.current,
    /** Whether the other instances report this circuit open; null when there are none. */
    peers_open: parts.peersOpen,
    /** The rehearsed outage of the service; null without one. */
    drill: parts.drill,
  };
}

/** The state of a guard, as monitoring sees it. */
export type GuardSnapshot = ReturnType<typeof showGuard>;

function toSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
