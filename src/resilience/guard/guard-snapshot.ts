import { z } from 'zod';
import type { GuardSettings } from '../../config/app-config.ts';
import { TRIP_STRATEGIES } from '../../config/env.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { DRILL_FAULTS } from '../drills/drill.ts';
import type { FaultInjection } from '../drills/fault-injection.ts';
import type { ExpiringValue } from '../time/expiring-value.ts';
import type { CircuitState, GuardMode, Rejection } from './guard-events.ts';
import type { GuardStatistics } from './guard-statistics.ts';
import type { Hold } from './hold.ts';
import { needsSchema, type LearntNeeds } from './learnt-needs.ts';
import { ERROR_TYPES, type HoldCause } from './outcome.ts';

/** A circuit's state, as administration sets it and its history shows it. */
export const circuitStateSchema = z.enum(['closed', 'open', 'half-open'] satisfies CircuitState[]);
/** A guard's state, as monitoring shows it: its circuit's, except that a closed circuit behind a hold is not shown as closed. */
export const guardStateSchema = z.enum([...circuitStateSchema.options, 'held']);

const guardMode = z.enum([
  'auto',
  'forced_open',
  'forced_closed',
  'disabled',
  'observe',
] satisfies GuardMode[]);
const holdCause = z.enum(['throttled', 'loading', 'latched'] satisfies HoldCause[]);
const epochSeconds = z.number().nullable().describe('Epoch seconds');

/** The state of a guard, as monitoring sees it. Times are epoch seconds, durations are seconds. */
export const guardSnapshotSchema = z.object({
  name: z.string(),
  state: guardStateSchema.describe(
    '`open` lasts until the first trial call is admitted. `held` is a closed circuit whose calls are rejected for the cause in `hold`',
  ),
  fail_count: z.number().describe('Failures that count towards the next opening'),
  last_failure_time: epochSeconds,
  is_healthy: z
    .boolean()
    .describe('Whether the circuit is closed and nothing else keeps the service from working'),
  enabled: z.boolean().describe('False when the mode is `disabled`'),
  mode: guardMode.describe('What an operator has set'),
  mode_ends_in: z.number().nullable().describe('Seconds until a forced mode ends'),
  retry_after: z.number().nullable().describe('Seconds of open time left; null unless open'),
  hold: z
    .object({ cause: holdCause, ends_in: z.number().describe('Seconds') })
    .nullable()
    .describe('Why calls are rejected whatever the state of the circuit'),
  strategy: z.enum(TRIP_STRATEGIES).describe('How the circuit trips'),
  window: z
    .object({ calls: z.number(), failures: z.number() })
    .describe('Calls and failures within the failure window'),
  totals: z
    .object({
      calls: z.number(),
      successes: z.number(),
      failures: z.number(),
      ignored: z.number(),
      rejected: z.number().describe('Calls that were not made'),
    })
    .describe('Calls since the start by outcome'),
  success_rate: z.number().nullable().describe('Successes among successes and failures'),
  failures_in_row: z.number(),
  successes_in_row: z.number(),
  trips: z.number().describe('Openings since the start'),
  last_failure_kind: z.enum(ERROR_TYPES).nullable().describe('As `error_type` in the metrics'),
  last_failure_cause: z
    .string()
    .nullable()
    .describe('What the service last failed with or refused, such as `ECONNREFUSED` or `http_401`'),
  last_failure_drilled: z.boolean().describe('Whether the last failure or refusal was the fault of a drill'),
  last_success_time: epochSeconds,
  consecutive_trips: z.number().describe('Openings that lengthen the next one'),
  half_open_trials: z.number().describe('Trial calls in flight'),
  learnt: needsSchema.nullable().describe('What the service needs beyond its configuration'),
  peers_open: z
    .boolean()
    .nullable()
    .describe('Whether the other instances report this circuit open; null when there are none'),
  drill: z
    .object({
      id: z.string(),
      fault: z.enum(DRILL_FAULTS),
      share: z.number().describe('Of the calls'),
      reason: z.string().nullable(),
      ends_in: z.number().describe('Seconds'),
    })
    .nullable()
    .describe('The rehearsed outage of the service'),
  after_drill: z
    .boolean()
    .describe('Whether a drill is over, and the circuit that it opened has not closed yet'),
});
export type GuardSnapshot = z.infer<typeof guardSnapshotSchema>;

/** The state of all guards; `circuit_breaker` is the first generation target's. */
export const circuitStatusSchema = z.object({
  circuit_breaker: guardSnapshotSchema,
  circuit_breakers: z.record(z.string(), guardSnapshotSchema),
  timestamp: z.number().describe('Epoch seconds'),
});
export type CircuitStatus = z.infer<typeof circuitStatusSchema>;

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
  injection: FaultInjection;
}

/** Refusals of a closed circuit that show that the target does not work. A throttled target works. */
const UNHEALTHY = new Set<Rejection | null>(['latched', 'loading']);

/** The state of a guard for monitoring. Times are epoch seconds, durations are seconds. */
export function showGuard(parts: GuardParts): GuardSnapshot {
  const { circuit, statistics, settings, mode, hold } = parts;
  const isHeld = parts.rejection !== null && parts.rejection === hold.current;
  const isForced = mode === 'forced_open' || mode === 'forced_closed';
  return {
    name: parts.name,
    state: isHeld && circuit.state === 'closed' ? 'held' : circuit.state,
    fail_count: circuit.failCount,
    last_failure_time: statistics.lastFailureTime,
    is_healthy: circuit.state === 'closed' && mode !== 'forced_open' && !UNHEALTHY.has(parts.rejection),
    enabled: mode !== 'disabled',
    mode,
    mode_ends_in: isForced ? toSeconds(parts.forced.leftMs) : null,
    retry_after: circuit.openLeftMs === null ? null : toSeconds(circuit.openLeftMs),
    hold: hold.current === undefined ? null : { cause: hold.current, ends_in: toSeconds(hold.leftMs) },
    strategy: settings.strategy,
    window: circuit.window,
    ...statistics.show(),
    consecutive_trips: parts.consecutiveTrips,
    half_open_trials: circuit.trialsInFlight,
    learnt: parts.learnt.current,
    peers_open: parts.peersOpen,
    drill: parts.injection.shown,
    after_drill: parts.injection.isOutlasted,
  };
}

function toSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
