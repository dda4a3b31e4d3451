import fc from 'fast-check';
import type { GuardSettings } from '../../../src/config/app-config.ts';

/** More than the guard needs from the end of a call until its outcome is taken in. */
const MAX_MICROTASKS = 15;

/** How a call ends. */
export type Ending = 'success' | 'failure' | 'ignored';

/** One step of a run. */
export type Command =
  | { do: 'call'; ending: Ending; holdMs: number }
  | { do: 'begin' }
  | { do: 'end'; which: number; ending: Ending; holdMs: number }
  /** Calls end in one turn, and others begin so many microtasks later, while the guard takes the outcomes in. */
  | { do: 'burst'; ends: { ending: Ending; holdMs: number }[]; begins: number[] }
  | { do: 'wait'; ms: number }
  | { do: 'force'; mode: 'forced_open' | 'forced_closed'; ms: number }
  | { do: 'release' | 'startTrials' | 'reset' }
  | { do: 'restore'; ms: number }
  | { do: 'advise'; open: boolean }
  | { do: 'configure'; changes: Partial<GuardSettings> };

const ending = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Ending>('failure') },
  { weight: 3, arbitrary: fc.constant<Ending>('success') },
  { weight: 1, arbitrary: fc.constant<Ending>('ignored') },
);
const holdMs = fc.oneof(
  { weight: 12, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(1, 1_000, 45_000, 400_000) },
);
const waitMs = fc.constantFrom(
  1,
  999,
  1_000,
  10_000,
  29_999,
  30_000,
  30_001,
  59_999,
  60_000,
  60_001,
  300_000,
);

const changes: fc.Arbitrary<Partial<GuardSettings>> = fc.oneof(
  fc.record({ strategy: fc.constantFrom<GuardSettings['strategy']>('consecutive', 'rate', 'count') }),
  fc.record({ failThreshold: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ successThreshold: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ halfOpenMaxCalls: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ failureWindowMs: fc.constantFrom(1_000, 30_000, 60_000) }),
  fc.record({ openMs: fc.constantFrom(1_000, 30_000) }),
  fc.record({
    enabled: fc.constantFrom<GuardSettings['enabled']>('true', 'true', 'true', 'false', 'observe'),
  }),
);

/** Any step, those that lead somewhere more often. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ do: fc.constant('call' as const), ending, holdMs }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(9), ending, holdMs }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      ends: fc.array(fc.record({ ending, holdMs }), { minLength: 1, maxLength: 3 }),
      begins: fc.array(fc.nat(MAX_MICROTASKS), { maxLength: 2 }),
    }),
  },
  { weight: 16, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: waitMs }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('force' as const),
      mode: fc.constantFrom('forced_open' as const, 'forced_closed' as const),
      ms: waitMs,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('release' as const, 'startTrials' as const, 'reset' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), ms: waitMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advise' as const), open: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('configure' as const), changes }) },
);
