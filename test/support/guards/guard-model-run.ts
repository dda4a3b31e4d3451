import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import type { Verdict } from '../../../src/resilience/guard/outcome.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { command, type Command, type Ending } from './guard-model-commands.ts';
import { findOrder } from './guard-model-order.ts';
import { GuardModel, type ModelCall } from './guard-model.ts';
import { defaultSettings } from './guards.ts';

/** A call to the guard. */
interface RealCall {
  wasCalled: boolean;
  isTrial: boolean;
  end(ending: Ending, holdMs: number): void;
  /** Resolves when the guard has taken its outcome in. */
  running: Promise<unknown>;
}

/** A call under way at the guard, and what it is to the model. */
interface Pending {
  call: ModelCall;
  real: RealCall;
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
  private model: GuardModel;
  private readonly guard: Guard;
  private readonly pending: Pending[] = [];
  private readonly events: GuardEvent[] = [];

  constructor(Model: typeof GuardModel) {
    this.model = new Model(defaultSettings);
    this.guard = new Guard(
      'tested',
      defaultSettings,
      this.clock,
      (event) => this.events.push(event),
      () => 0,
    );
  }

  async do(step: Command): Promise<void> {
    const { guard, model } = this;
    switch (step.do) {
      case 'call':
        this.begin();
        await this.end(this.pending.pop(), step);
        break;
      case 'begin':
        this.begin();
        break;
      case 'end':
        await this.end(this.pending.splice(step.which % Math.max(1, this.pending.length), 1)[0], step);
        break;
      case 'burst':
        await this.burst(step);
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
        guard.setPeerHint(step.open);
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
    for (const call of this.pending.splice(0)) await this.end(call, { ending: 'ignored', holdMs: 0 });
    expect(this.clock.pendingTimers).toBe(0);
  }

  private begin(): void {
    const call = this.model.begin();
    const real = this.callGuard();
    const { wasCalled, isTrial } = real;
    expectEqual({ wasCalled, isTrial }, { wasCalled: call !== undefined, isTrial: call?.trial ?? false });
    if (call) this.pending.push({ call, real });
  }

  private async end(pending: Pending | undefined, how: { ending: Ending; holdMs: number }): Promise<void> {
    if (!pending) return;
    pending.real.end(how.ending, how.holdMs);
    await pending.real.running;
    this.model.end(pending.call, how.ending, how.ending === 'success' ? 0 : how.holdMs);
  }

  /** What the guard does must be what the model does in some order of these ends and beginnings. */
  private async burst({ ends, begins }: Extract<Command, { do: 'burst' }>): Promise<void> {
    const ending = ends.flatMap((how) =>
      this.pending.splice(0, 1).map((pending) => ({ ...how, ...pending })),
    );
    const begun: RealCall[] = [];
    const beginLater = async (delay: number) => {
      for (let task = 0; task < delay; task++) await Promise.resolve();
      begun.push(this.callGuard());
    };
    const earlier = this.events.length;
    for (const { real, ending: how, holdMs } of ending) real.end(how, holdMs);
    await Promise.all([...begins.map(beginLater), ...ending.map(({ real }) => real.running)]);
    const settled = this.events.slice(earlier).filter((event) => event.type === 'settled');
    const seen = ending.map((end, index) => ({
      call: end.call,
      ending: end.ending,
      holdMs: end.ending === 'success' ? 0 : end.holdMs,
      isLate: settled[index]?.late ?? false,
    }));
    const state = this.read();
    const order = findOrder(this.model, seen, begun, (model) => isDeepStrictEqual(expectation(model), state));
    if (!order) expect({ ends: seen, begins: begun, hasOrder: false }).toMatchObject({ hasOrder: true });
    else this.model = order.model;
    begun.forEach((begin, index) => {
      const call = order?.begun[index];
      if (call) this.pending.push({ call, real: begin });
    });
  }

  private callGuard(): RealCall {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const earlier = this.events.length;
    const call: RealCall = {
      wasCalled: false,
      isTrial: false,
      end: (ending, holdMs) =>
        ending === 'success' ? resolve() : reject(new Ended(verdict(ending, holdMs))),
      running: Promise.resolve(),
    };
    call.running = this.guard
      .execute(
        () => {
          call.wasCalled = true;
          return promise;
        },
        { classify: (error) => (error instanceof Ended ? error.judgement : TIMED_OUT) },
      )
      .catch(() => undefined);
    call.isTrial = this.events.slice(earlier).some((event) => event.type === 'attempt' && event.trial);
    return call;
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
    const { model } = this;
    expectEqual({ after: step, ...this.read() }, { after: step, ...expectation(model) });
    this.seen.add(model.state).add(model.mode).add(`${model.settings.strategy} ${model.state}`);
  }

  private read() {
    const { state } = this.guard;
    const { mode, fail_count: failCount, half_open_trials: trials } = this.guard.snapshot();
    return { state, mode, failCount, refused: this.guard.rejection !== null, trials };
  }
}

/** Expects equality. A call of `expect` takes far longer than the comparison, so that only a difference makes one. */
function expectEqual(actual: object, expected: object): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

/** What the guard returns when it is in the model's state. */
function expectation({ state, mode, failCount, refused, trials }: GuardModel) {
  return { state, mode, failCount, refused, trials: state === 'half-open' ? trials : 0 };
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
