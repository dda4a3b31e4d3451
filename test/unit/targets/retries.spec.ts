import { startDeadline } from '../../../src/resilience/time/deadline.ts';
import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import {
  failsMidway,
  createTargets,
  fails,
  hangs,
  refused,
  answers,
  status,
  type Behaviour,
} from '../../support/guards/generation.ts';

const NEVER_OPEN = 10_000;
const retrying = (...behaviours: Behaviour[]) => createTargets(behaviours, { maxAttempts: 3 }, NEVER_OPEN);
/** Answers with each behaviour once, then with the last for ever. */
function inTurn(...behaviours: Behaviour[]): Behaviour {
  let calls = 0;
  return (options, clock) => (behaviours[Math.min(calls++, behaviours.length - 1)] ?? hangs)(options, clock);
}

describe('a retry', () => {
  it('calls the only target up to three times with growing pauses', async () => {
    const targets = retrying(fails(refused));
    const { result, tookMs } = await targets.answer(1);
    expect(result).toMatchObject({ ok: false, reason: 'generation_failed' });
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(['failure', 'failure', 'failure']);
    expect(tookMs).toBeGreaterThanOrEqual(50 + 100);
    expect(tookMs).toBeLessThanOrEqual(100 + 200);
    expect(targets.clock.pendingTimers).toBe(0);
  });

  it('is made only when no other target is left', async () => {
    const targets = retrying(fails(refused), fails(status(500)));
    const { result } = await targets.answer(1);
    expect(result.attempts.map(({ target }) => target)).toEqual(['target_1', 'target_2', 'target_1']);
  });

  describe('of a target whose URL allows some', () => {
    const patient = (retries: number, ...behaviours: Behaviour[]) =>
      createTargets(behaviours, { maxAttempts: 3 }, NEVER_OPEN, [], [retries]);
    const calledBy = async (targets: ReturnType<typeof patient>) =>
      (await targets.answer(1)).result.attempts.map(({ target }) => target);

    it('comes before another target', async () => {
      expect(await calledBy(patient(1, inTurn(fails(status(500)), answers()), answers()))).toEqual([
        'target_1',
        'target_1',
      ]);
    });

    it.each([
      ['as often as it says', 1],
      ['and leaves a call for another target', 5],
    ])('is made %s', async (_, retries) => {
      expect(await calledBy(patient(retries, fails(refused), answers()))).toEqual([
        'target_1',
        'target_1',
        'target_2',
      ]);
    });

    it.each([
      ['a first token that did not come', new AttemptTimeoutError('first_token')],
      ['503', status(503)],
      ['429 that asks for too much', status(429, {}, 1_001)],
    ])('is not made after %s', async (_, error) => {
      expect(await calledBy(patient(1, fails(error), answers()))).toEqual(['target_1', 'target_2']);
    });

    it('is not made after tokens were streamed', async () => {
      const targets = patient(1, failsMidway(refused), answers());
      expect(await targets.generate({ onToken: () => undefined })).toMatchObject({ target: 'target_2' });
      expect(targets.calls).toEqual([1, 1]);
    });
  });

  it('makes at most three calls per question, whatever hangs or fails', async () => {
    const targets = retrying(hangs, hangs, fails(refused), fails(refused));
    const deadline = startDeadline(targets.clock, 30_000);
    const asked = targets.generate({ signal: deadline.signal, leftMs: () => deadline.leftMs() });
    await targets.clock.advance(30_000);
    expect(await asked).toMatchObject({ ok: false });
    expect(targets.calls.reduce((sum, calls) => sum + calls)).toBe(3);
    deadline.clear();
    expect(targets.underWay).toBe(0);
    expect(targets.clock.pendingTimers).toBe(0);
  });

  it.each([
    ['made', 'a network fault', refused],
    ['made', '500', status(500)],
    ['not made', 'a first token that did not come', new AttemptTimeoutError('first_token')],
    ['made', '429 that asks for a second', status(429, {}, 1_000)],
    ['not made', '429 that asks for more', status(429, {}, 1_001)],
    ['not made', '503 of a model that is loading', status(503)],
    ['not made', '401', status(401)],
    ['not made', '400', status(400)],
  ])('is %s after %s', async (outcome, _, error) => {
    const isRetried = outcome === 'made';
    const targets = retrying(inTurn(fails(error), answers()));
    const { result } = await targets.answer(10);
    expect(targets.calls).toEqual([isRetried ? 2 : 1]);
    expect(result.ok).toBe(isRetried);
  });

  it('waits for as long as a 429 asks', async () => {
    const targets = retrying(inTurn(fails(status(429, {}, 700)), answers()));
    expect((await targets.answer(1)).tookMs).toBe(700);
  });

  it('waits for longer when the configuration allows it', async () => {
    const policy = { maxAttempts: 3, maxHoldWaitMs: 2_500 };
    const targets = createTargets([inTurn(fails(status(429, {}, 2_000)), answers())], policy, NEVER_OPEN);
    expect((await targets.answer(1)).tookMs).toBe(2_000);
  });

  it('does not wait for the Retry-After of another question', async () => {
    const slowly: Behaviour = async (options, clock) => {
      await answers(100)({ signal: options.signal }, clock);
      throw status(500);
    };
    const targets = retrying(inTurn(slowly, fails(status(429, {}, 20_000)), answers()));
    const first = targets.generate();
    expect(await targets.generate()).toMatchObject({ reason: 'rate_limited' });
    await targets.clock.advance(100);
    expect(await first).toMatchObject({ ok: false, attempts: [{ outcome: 'failure' }] });
    expect(targets.calls).toEqual([2]);
  });

  it('is not made after an answer that stalled midway', async () => {
    const targets = retrying(inTurn(failsMidway(new AttemptTimeoutError('idle')), answers()));
    expect((await targets.answer(10)).result.ok).toBe(false);
    expect(targets.calls).toEqual([1]);
  });

  it('is not made after tokens were streamed, but another target is called', async () => {
    const single = retrying(inTurn(failsMidway(refused), answers()));
    const shown: string[] = [];
    const asked = single.generate({ onToken: (text) => shown.push(text) });
    await single.clock.advance(1_000);
    expect(await asked).toMatchObject({ ok: false });
    expect(single.calls).toEqual([1]);
    expect(shown).toEqual(['Be']);

    const pair = retrying(failsMidway(refused), answers());
    expect(await pair.generate({ onToken: () => undefined })).toMatchObject({ ok: true, target: 'target_2' });
  });

  it('is not made when its pause would exceed the deadline', async () => {
    const targets = retrying(fails(refused));
    expect(await targets.generate({ leftMs: () => 40 })).toMatchObject({ ok: false });
    expect(targets.calls).toEqual([1]);
  });

  it('ends with its caller and with the deadline', async () => {
    const targets = retrying(fails(refused));
    const caller = new AbortController();
    const left = targets.generate({ signal: caller.signal });
    await targets.clock.advance(10);
    caller.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const deadline = startDeadline(targets.clock, 20);
    const asked = targets.generate({ signal: deadline.signal });
    await targets.clock.advance(20);
    expect(await asked).toMatchObject({ ok: false });
    expect(targets.calls).toEqual([2]);
    deadline.clear();
    expect(targets.clock.pendingTimers).toBe(0);
  });

  it('stays within a fifth of the calls of a minute, plus ten', async () => {
    const targets = retrying(fails(refused));
    const asked = Array.from({ length: 1_000 }, () => targets.generate());
    for (let second = 0; second < 3; second++) await targets.clock.advance(1_000);
    await Promise.all(asked);
    expect(targets.calls).toEqual([1_000 + 210]);
  });
});
