import type { GuardSettings } from '../../../src/config/app-config.ts';
import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import type { CallOptions } from '../../../src/resilience/guard/guarded-call.ts';
import type { Classify } from '../../../src/resilience/guard/outcome.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

/** The documented defaults. */
export const defaultSettings: GuardSettings = {
  enabled: 'true',
  strategy: 'consecutive',
  failThreshold: 5,
  openMs: 30_000,
  failureWindowMs: 60_000,
  successThreshold: 2,
  halfOpenMaxCalls: 3,
};

/** An error that does not count. */
export class IgnoredError extends Error {}

/** Everything but an IgnoredError is a failure. */
export const classify: Classify = (error) => ({
  outcome: error instanceof IgnoredError ? 'ignored' : 'failure',
  errorType: error instanceof AttemptTimeoutError ? 'timeout' : 'network',
  retry: 'never',
  nextTarget: true,
});

/** A call that the test ends by hand. */
export interface PendingCall {
  signal: AbortSignal;
  succeed(): void;
  fail(error?: Error): void;
  /** What the guard's caller got. */
  result: Promise<unknown>;
}

/** A guard on a fake clock, with short ways to make calls end as wanted. */
export function createGuard(settings: Partial<GuardSettings> = {}, clock = new FakeClock()) {
  const events: GuardEvent[] = [];
  const guard = new Guard(
    'tested',
    { ...defaultSettings, ...settings },
    clock,
    (event) => events.push(event),
    () => 0,
  );
  let calls = 0;

  function begin(options: Partial<CallOptions> = {}): PendingCall {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const pending: Partial<PendingCall> = {
      succeed: () => resolve('done'),
      fail: (error = new Error('down')) => reject(error),
    };
    const call = (signal: AbortSignal) => {
      calls++;
      pending.signal = signal;
      return promise;
    };
    pending.result = guard.execute(call, { classify, ...options }).catch((error: unknown) => error);
    return pending as PendingCall;
  }

  return {
    guard,
    clock,
    events,
    begin,
    /** Calls that reached the service. */
    get calls() {
      return calls;
    },
    async succeed() {
      const call = begin();
      call.succeed();
      return call.result;
    },
    async fail(error?: Error) {
      const call = begin();
      call.fail(error);
      return call.result;
    },
    async failTimes(count: number) {
      for (let index = 0; index < count; index++) await this.fail();
    },
    get state() {
      return guard.snapshot().state;
    },
  };
}
