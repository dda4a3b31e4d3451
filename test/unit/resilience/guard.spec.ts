import { AttemptTimeoutError, GuardRejectedError } from '../../../src/resilience/guard/errors.ts';
import { Guard } from '../../../src/resilience/guard/guard.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { classify, createGuard, defaultSettings, IgnoredError } from '../../support/guards/guards.ts';

describe('a guard', () => {
  it('goes closed → open → half-open → closed', async () => {
    const service = createGuard();
    await service.failTimes(4);
    expect(service.state).toBe('closed');
    await service.fail();
    expect(service.state).toBe('open');
    expect(service.guard.snapshot()).toMatchObject({ is_healthy: false, retry_after: 30, fail_count: 5 });

    await service.clock.advance(29_999);
    expect(await service.succeed()).toMatchObject({ rejection: 'open', retryAfterMs: 1 });
    expect(service.calls).toBe(5);

    await service.clock.advance(1);
    expect(service.state).toBe('open');
    await service.succeed();
    expect(service.state).toBe('half-open');
    await service.succeed();
    expect(service.state).toBe('closed');
    expect(service.guard.snapshot()).toMatchObject({ fail_count: 0, retry_after: null, is_healthy: true });
    const changes = service.events.filter((event) => event.type === 'state_change');
    expect(changes.map(({ from, to }) => [from, to])).toEqual([
      ['closed', 'open'],
      ['open', 'half-open'],
      ['half-open', 'closed'],
    ]);
  });

  it('forgets failures after a success and after the window', async () => {
    const service = createGuard();
    await service.failTimes(4);
    await service.succeed();
    await service.failTimes(4);
    expect(service.state).toBe('closed');
    await service.clock.advance(60_000);
    expect(service.guard.snapshot().fail_count).toBe(0);
    await service.failTimes(4);
    expect(service.state).toBe('closed');
    await service.fail();
    expect(service.state).toBe('open');
  });

  it('counts only the failures within the window', async () => {
    const service = createGuard();
    for (let index = 0; index < 20; index++) {
      await service.fail();
      await service.clock.advance(16_000);
    }
    expect(service.state).toBe('closed');
  });

  it('counts no ignored outcome, and goes on with a run of failures after one', async () => {
    const service = createGuard();
    await service.failTimes(4);
    for (let index = 0; index < 10; index++) await service.fail(new IgnoredError());
    expect(service.state).toBe('closed');
    expect(service.guard.snapshot().fail_count).toBe(4);
    await service.fail();
    expect(service.state).toBe('open');
  });

  describe('a half-open circuit', () => {
    async function halfOpen() {
      const service = createGuard();
      await service.failTimes(5);
      await service.clock.advance(30_000);
      return service;
    }

    it('admits at most three trials and refuses other calls at once', async () => {
      const service = await halfOpen();
      const trials = [service.begin(), service.begin(), service.begin()];
      expect(await service.begin().result).toMatchObject({ rejection: 'half_open_full' });
      trials[0]?.succeed();
      await trials[0]?.result;
      const next = service.begin();
      expect(await service.begin().result).toBeInstanceOf(GuardRejectedError);
      for (const trial of [...trials, next]) trial.succeed();
      await Promise.all([...trials, next].map(({ result }) => result));
      expect(service.state).toBe('closed');
    });

    it('keeps the slot of a trial that has failed until the circuit is open again', async () => {
      for (let delay = 0; delay < 20; delay++) {
        const service = createGuard({ halfOpenMaxCalls: 1 });
        service.guard.startTrials();
        const trial = service.begin();
        trial.fail();
        for (let task = 0; task < delay; task++) await Promise.resolve();
        const late = service.begin();
        expect({ delay, calls: service.calls }).toEqual({ delay, calls: 1 });
        expect(await late.result).toBeInstanceOf(GuardRejectedError);
        await trial.result;
        expect(service.state).toBe('open');
      }
    });

    it('opens again on the first failure, whatever the other trials return', async () => {
      const service = await halfOpen();
      const trials = [service.begin(), service.begin(), service.begin()];
      trials[0]?.fail();
      await trials[0]?.result;
      expect(service.state).toBe('open');
      expect(service.guard.snapshot().retry_after).toBe(60);
      trials[1]?.succeed();
      trials[2]?.succeed();
      await Promise.all(trials.map(({ result }) => result));
      expect(service.state).toBe('open');
    });

    it('frees the slot of an ignored trial and stays half-open', async () => {
      const service = await halfOpen();
      for (let index = 0; index < 10; index++) await service.fail(new IgnoredError());
      expect(service.state).toBe('half-open');
      await service.succeed();
      await service.succeed();
      expect(service.state).toBe('closed');
    });

    it('opens again when a trial hangs, and aborts the call', async () => {
      const service = await halfOpen();
      const trial = service.begin();
      await service.clock.advance(60_000);
      expect(await trial.result).toBeInstanceOf(AttemptTimeoutError);
      expect(trial.signal.aborted).toBe(true);
      expect(service.state).toBe('open');
      expect(service.clock.pendingTimers).toBe(0);
    });

    it('finishes a trial whose caller leaves', async () => {
      const service = await halfOpen();
      const caller = new AbortController();
      const trial = service.begin({ signal: caller.signal });
      caller.abort(new Error('gone'));
      expect(await trial.result).toMatchObject({ message: 'gone' });
      expect(trial.signal.aborted).toBe(false);
      trial.succeed();
      await service.succeed();
      expect(service.state).toBe('closed');
    });
  });

  it('ignores the outcome of a call from before a state change', async () => {
    const service = createGuard();
    const late = [service.begin(), service.begin(), service.begin()];
    await service.failTimes(5);
    late[0]?.succeed();
    late[1]?.fail();
    await Promise.all([late[0]?.result, late[1]?.result]);
    expect(service.state).toBe('open');
    await service.clock.advance(30_000);
    await service.succeed();
    late[2]?.fail();
    await late[2]?.result;
    expect(service.state).toBe('half-open');
    await service.succeed();
    expect(service.state).toBe('closed');
    expect(service.events.filter((event) => event.type === 'settled' && event.late)).toHaveLength(3);
  });

  it('handles simultaneous outcomes one after the other', async () => {
    const service = createGuard({ failThreshold: 2 });
    const calls = [service.begin(), service.begin(), service.begin(), service.begin()];
    for (const call of calls) call.fail();
    await Promise.all(calls.map(({ result }) => result));
    expect(service.state).toBe('open');
    await service.clock.advance(30_000);
    const trials = [service.begin(), service.begin(), service.begin()];
    for (const trial of trials) trial.succeed();
    await Promise.all(trials.map(({ result }) => result));
    expect(service.state).toBe('closed');
    expect(service.guard.snapshot().fail_count).toBe(0);
  });

  it('ends an attempt at its time limit as a failure', async () => {
    const service = createGuard({ failThreshold: 1 });
    const call = service.begin({ timeoutMs: 100 });
    await service.clock.advance(100);
    expect(await call.result).toBeInstanceOf(AttemptTimeoutError);
    expect(service.state).toBe('open');
    expect(call.signal.aborted).toBe(true);
  });

  it('ignores the outcome of a call whose caller leaves, and aborts the call', async () => {
    const service = createGuard({ failThreshold: 1 });
    const caller = new AbortController();
    const call = service.begin({ signal: caller.signal, timeoutMs: 100 });
    caller.abort(new Error('gone'));
    expect(await call.result).toMatchObject({ message: 'gone' });
    expect(call.signal.aborted).toBe(true);
    expect(service.state).toBe('closed');
    expect(service.clock.pendingTimers).toBe(0);
  });

  it('makes no call for a caller who has already left', async () => {
    const service = createGuard();
    const result = service.begin({ signal: AbortSignal.abort(new Error('gone')) }).result;
    expect(await result).toMatchObject({ message: 'gone' });
    expect(service.calls).toBe(0);
  });

  it('refuses calls as long as the target asked, at most five minutes', async () => {
    const clock = new FakeClock();
    const guard = new Guard(
      'tested',
      defaultSettings,
      clock,
      () => undefined,
      () => 0,
    );
    const throttle = (ms: number) => () => ({
      ...classify(new IgnoredError()),
      hold: { cause: 'throttled' as const, ms },
    });
    const call = (ms: number) =>
      guard
        .execute(() => Promise.reject(new Error('429')), { classify: throttle(ms) })
        .catch((error) => error);
    await call(20_000);
    expect(guard.rejection).toBe('throttled');
    expect(await call(0)).toMatchObject({ rejection: 'throttled', retryAfterMs: 20_000 });
    expect(guard.snapshot()).toMatchObject({ state: 'held', fail_count: 0, is_healthy: true });
    await clock.advance(20_000);
    expect(guard.rejection).toBeNull();
    expect(guard.snapshot().state).toBe('closed');
    await call(3_600_000);
    expect(guard.retryAfterMs).toBe(300_000);
  });

  it('opens for at least as long as a loading target asked', async () => {
    const clock = new FakeClock();
    const guard = new Guard(
      'tested',
      { ...defaultSettings, failThreshold: 1 },
      clock,
      () => undefined,
      () => 0,
    );
    const loading = () => ({ ...classify(new Error()), hold: { cause: 'loading' as const, ms: 90_000 } });
    await guard.execute(() => Promise.reject(new Error('503')), { classify: loading }).catch(() => undefined);
    expect(guard.snapshot()).toMatchObject({ state: 'open', retry_after: 90 });
  });

  it('does not depend on the wall clock', async () => {
    const service = createGuard();
    service.clock.wall = () => 5_000;
    await service.failTimes(5);
    service.clock.wall = () => 1_000;
    await service.clock.advance(30_000);
    await service.succeed();
    await service.succeed();
    expect(service.state).toBe('closed');
  });

  it('is not affected by a listener that throws', async () => {
    const guard = new Guard('tested', { ...defaultSettings, failThreshold: 1 }, new FakeClock(), () => {
      throw new Error('listener');
    });
    expect(await guard.execute(() => Promise.resolve('fine'), { classify })).toBe('fine');
    await expect(guard.execute(() => Promise.reject(new Error('down')), { classify })).rejects.toThrow(
      'down',
    );
    expect(guard.snapshot().state).toBe('open');
  });

  it('admits every call within its time limit when it is disabled', async () => {
    const service = createGuard({ enabled: 'false' });
    await service.failTimes(50);
    expect(service.calls).toBe(50);
    expect(service.guard.snapshot()).toMatchObject({ state: 'closed', enabled: false, mode: 'disabled' });
    const call = service.begin({ timeoutMs: 100 });
    await service.clock.advance(100);
    expect(await call.result).toBeInstanceOf(AttemptTimeoutError);
  });

  it('tracks states and rejects nothing when it observes', async () => {
    const service = createGuard({ enabled: 'observe' });
    await service.failTimes(5);
    expect(service.guard.snapshot()).toMatchObject({ state: 'open', mode: 'observe' });
    expect(await service.succeed()).toBe('done');
    expect(service.events.filter(({ type }) => type === 'rejected')).toHaveLength(1);
    await service.clock.advance(30_000);
    await service.succeed();
    await service.succeed();
    expect(service.state).toBe('closed');
  });
});
