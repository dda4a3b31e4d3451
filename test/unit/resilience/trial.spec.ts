import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import { classify, createGuard } from '../../support/guards/guards.ts';

/** A half-open guard, and calls that say when the service speaks. */
async function setUp() {
  const service = createGuard();
  await service.failTimes(5);
  await service.clock.advance(30_000);
  const { guard } = service;
  const ask = () => {
    const caller = new AbortController();
    const call = { speak: () => undefined as void, signal: undefined as AbortSignal | undefined };
    const result = guard
      .execute(
        (signal, onSpeech) => {
          Object.assign(call, { speak: onSpeech, signal });
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
          );
        },
        { signal: caller.signal, classify },
      )
      .catch((error: unknown) => error);
    return { call, caller, result };
  };
  return { ...service, ask };
}

describe('a half-open trial', () => {
  it('has succeeded when its caller leaves after the first token, and its call ends', async () => {
    const { guard, clock, ask } = await setUp();
    const trials = [ask(), ask()];
    for (const { call, caller, result } of trials) {
      call.speak();
      caller.abort(new Error('gone'));
      expect(await result).toEqual(new Error('gone'));
      expect(call.signal?.aborted).toBe(true);
    }
    await clock.advance(0);
    expect(guard.snapshot()).toMatchObject({ state: 'closed', half_open_trials: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is carried on without its caller only until the first token', async () => {
    const { guard, clock, ask } = await setUp();
    const trials = [ask(), ask()];
    for (const { caller } of trials) caller.abort(new Error('gone'));
    await clock.advance(2_000);
    expect(guard.snapshot()).toMatchObject({ state: 'half-open', half_open_trials: 2 });
    for (const { call } of trials) call.speak();
    await clock.advance(0);
    expect(guard.snapshot()).toMatchObject({ state: 'closed' });
    for (const { call } of trials) expect(call.signal?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not keep others out for as long as a long answer takes', async () => {
    const { guard, clock, ask } = await setUp();
    const trials = [ask(), ask(), ask()];
    for (const { call } of trials) call.speak();
    expect(guard.rejection).toBe('half_open_full');
    await clock.advance(3_000);
    expect(guard.rejection).toBe('half_open_full');
    for (const { call } of trials) call.speak();
    await clock.advance(0);
    expect(guard.snapshot()).toMatchObject({ state: 'closed' });
    for (const { call, caller } of trials) {
      expect(call.signal?.aborted).toBe(false);
      caller.abort(new Error('gone'));
    }
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('fails when it has used up its share of the time', async () => {
    const { guard, clock, ask } = await setUp();
    const { call, caller } = ask();
    call.speak();
    caller.abort(new AttemptTimeoutError('share'));
    await clock.advance(0);
    expect(guard.snapshot()).toMatchObject({ state: 'open', last_failure_cause: 'share_timeout' });
  });
});
