import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { GuardSettings } from '../../../src/config/app-config.ts';
import { Guard } from '../../../src/resilience/guard.ts';
import type { Verdict } from '../../../src/resilience/outcome.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { GuardModel, type ModelCall } from './guard-model.ts';
import { defaultSettings } from './guards.ts';

type Ending = 'success' | 'failure' | 'ignored';

type Command =
  | { do: 'call'; ending: Ending; holdMs: number }
  | { do: 'begin' }
  | { do: 'end'; which: number; ending: Ending; holdMs: number }
  | { do: 'wait'; ms: number }
  | { do: 'force'; mode: 'forced_open' | 'forced_closed'; ms: number }
  | { do: 'release' | 'tryNow' | 'reset' }
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

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ do: fc.constant('call' as const), ending, holdMs }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('begin' as const) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat(9), ending, holdMs }) },
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
    arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'tryNow' as const, 'reset' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), ms: waitMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advise' as const), open: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('configure' as const), changes }) },
);

interface Pending {
  call: ModelCall;
  end(ending: Ending, holdMs: number): Promise<void>;
}

/** A call's thrown value carries its own verdict. */
class Ended extends Error {
  constructor(readonly judgement: Verdict) {
    super(judgement.outcome);
  }
}

/** Drives the guard and the model side by side and compares them after every step. */
class Run {
  readonly seen = new Set<string>();
  private readonly clock = new FakeClock();
  private readonly model: GuardModel;
  private readonly guard = new Guard(
    'tested',
    defaultSettings,
    this.clock,
    () => undefined,
    () => 0,
  );
  private readonly pending: Pending[] = [];

  constructor(Model: typeof GuardModel) {
    this.model = new Model(defaultSettings);
  }

  async do(step: Command): Promise<void> {
    const { guard, model } = this;
    switch (step.do) {
      case 'call':
        this.begin();
        await this.pending.pop()?.end(step.ending, step.holdMs);
        break;
      case 'begin':
        this.begin();
        break;
      case 'end':
        await this.pending
          .splice(step.which % Math.max(1, this.pending.length), 1)[0]
          ?.end(step.ending, step.holdMs);
        break;
      case 'wait':
        await this.wait(step.ms);
        break;
      case 'force':
        guard.force(step.mode, step.ms);
        model.force(step.mode, step.ms);
        break;
      case 'restore':
        guard.restoreOpen(step.ms);
        model.restore(step.ms);
        break;
      case 'advise':
        guard.advise(step.open);
        model.advise(step.open);
        break;
      case 'configure':
        guard.configure(step.changes);
        model.settings = { ...model.settings, ...step.changes };
        break;
      default:
        guard[step.do]();
        model[step.do]();
    }
    this.compare(step);
  }

  /** Ends what is left, so that no timer of a trial outlives the run. */
  async finish(): Promise<void> {
    for (const call of this.pending.splice(0)) await call.end('ignored', 0);
    expect(this.clock.pendingTimers).toBe(0);
  }

  private begin(): void {
    const call = this.model.begin();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let wasCalled = false;
    const running = this.guard
      .execute(
        () => {
          wasCalled = true;
          return promise;
        },
        { classify: (error) => (error instanceof Ended ? error.judgement : TIMED_OUT) },
      )
      .catch(() => undefined);
    if (wasCalled !== (call !== undefined)) expect(wasCalled).toBe(!wasCalled);
    if (!call) return;
    this.pending.push({
      call,
      end: async (how, ms) => {
        if (how === 'success') resolve();
        else reject(new Ended(verdict(how, ms)));
        await running;
        this.model.end(call, how, how === 'success' ? 0 : ms);
      },
    });
  }

  /** Trials end by themselves after a minute, each at its own time. */
  private async wait(ms: number): Promise<void> {
    const { trialLimitMs } = this.model;
    const end = this.model.now + ms;
    for (;;) {
      const due = this.pending
        .filter(({ call }) => call.trial && call.startedAt + trialLimitMs <= end)
        .sort((a, b) => a.call.startedAt - b.call.startedAt)[0];
      if (!due) break;
      const at = due.call.startedAt + trialLimitMs;
      await this.clock.advance(at - this.model.now);
      this.model.now = at;
      for (const each of this.pending.filter(
        ({ call }) => call.trial && call.startedAt === due.call.startedAt,
      )) {
        this.model.end(each.call, 'failure');
        this.pending.splice(this.pending.indexOf(each), 1);
      }
    }
    await this.clock.advance(end - this.model.now);
    this.model.now = end;
  }

  private compare(step: Command): void {
    const { guard, model } = this;
    const snapshot = guard.snapshot();
    const real = {
      state: snapshot.state,
      mode: snapshot.mode,
      failCount: snapshot.fail_count,
      refused: guard.refusal !== null,
      trials: snapshot.half_open_trials,
    };
    const { state, mode, failCount, refused } = model;
    const expected = { state, mode, failCount, refused, trials: state === 'half-open' ? model.trials : 0 };
    // Jest's comparison takes longer than the steps themselves: it is left to say what differs.
    if (!isDeepStrictEqual(real, expected))
      expect({ after: step, ...real }).toEqual({ after: step, ...expected });
    this.seen.add(state).add(mode).add(`${model.settings.strategy} ${state}`);
  }
}

const TIMED_OUT: Verdict = { outcome: 'failure', errorType: 'timeout', retry: 'never', nextTarget: true };

function verdict(outcome: 'failure' | 'ignored', ms: number): Verdict {
  const base: Verdict = { outcome, errorType: 'network', retry: 'never', nextTarget: true };
  return ms > 0 ? { ...base, hold: { cause: 'throttled', ms } } : base;
}

/**
 * Runs random command sequences, long enough to reach every state.
 * @returns the states and modes that were reached
 * @throws with the shortest sequence found, or with `endOnFailure` the first, after which guard and model differ
 */
export async function compareWithModel(
  Model: typeof GuardModel,
  options: { numRuns: number; seed: number; endOnFailure?: boolean },
): Promise<Set<string>> {
  const seen = new Set<string>();
  const sequence = fc.array(command, { minLength: 60, maxLength: 250, size: 'max' });
  await fc.assert(
    fc.asyncProperty(sequence, async (commands) => {
      const run = new Run(Model);
      for (const step of commands) await run.do(step);
      await run.finish();
      for (const state of run.seen) seen.add(state);
    }),
    options,
  );
  return seen;
}
