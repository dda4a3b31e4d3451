import { getEventListeners } from 'node:events';
import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import { createTargets, fails, hangs, refused, answers, status } from '../../support/guards/generation.ts';

const outcomes = (result: { attempts: { target: string; outcome: string; duration_ms: number }[] }) =>
  result.attempts.map(({ target, outcome, duration_ms }) => [target, outcome, duration_ms]);

describe('a hedge', () => {
  it('does not delay a failure when there is no other target', async () => {
    const { clock, generate } = createTargets([hangs]);
    const caller = new AbortController();
    const asked = generate({ signal: caller.signal });
    expect(clock.pendingTimers).toBe(0);
    caller.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
  });

  it("leaves no listener on the question's signal", async () => {
    const { signal } = new AbortController();
    const targets = createTargets([hangs, answers()]);
    const asked = targets.generate({ signal });
    await targets.clock.advance(1_200);
    await asked;
    await targets.clock.advance(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is started beside a silent target, and the slower call is aborted without an effect on its guard', async () => {
    const targets = createTargets([hangs, answers(300)]);
    const { result, tookMs } = await targets.answer();
    expect(tookMs).toBe(1_500);
    expect(result).toMatchObject({ ok: true, target: 'target_2', isBackup: true });
    expect(outcomes(result)).toEqual([
      ['target_1', 'aborted', 1_500],
      ['target_2', 'success', 300],
    ]);
    expect(targets.guards[0]?.snapshot()).toMatchObject({
      state: 'closed',
      totals: { ignored: 1, failures: 0 },
    });
    expect(targets.underWay).toBe(0);
    expect(targets.clock.pendingTimers).toBe(0);
  });

  it('is aborted when the first target answers before it, which keeps its rank', async () => {
    const targets = createTargets([answers(1_400, 500), answers(5_000)]);
    for (let question = 0; question < 2; question++) {
      const { result } = await targets.answer();
      expect(outcomes(result)).toEqual([
        ['target_1', 'success', 1_900],
        ['target_2', 'aborted', 200],
      ]);
    }
    expect(targets.underWay).toBe(0);
    expect(targets.clock.pendingTimers).toBe(0);
  });

  it('is not made for a target whose first token is in time, however long its answer', async () => {
    const targets = createTargets([answers(1_199, 12_000), answers()]);
    const { result, tookMs } = await targets.answer();
    expect(result).toMatchObject({ target: 'target_1' });
    expect(tookMs).toBeGreaterThan(12_000);
    expect(targets.calls).toEqual([1, 0]);
  });

  it('accepts reasoning as a first token', async () => {
    const targets = createTargets([
      async ({ onActivity }, clock) => {
        onActivity?.();
        return await answers(5_000)({ signal: new AbortController().signal }, clock);
      },
      answers(),
    ]);
    expect((await targets.answer()).result).toMatchObject({ target: 'target_1' });
    expect(targets.calls).toEqual([1, 0]);
  });

  it('is followed by another hedge when it is silent too', async () => {
    const targets = createTargets([hangs, hangs, answers(100)]);
    const { result, tookMs } = await targets.answer();
    expect(tookMs).toBe(2_500);
    expect(result).toMatchObject({ target: 'target_3' });
    expect(targets.underWay).toBe(0);
  });

  it('calls only targets with a closed circuit', async () => {
    const targets = createTargets([answers(2_000), answers(), fails(refused)], { maxAttempts: 9 });
    targets.guards[1]?.force('forced_open', 60_000);
    await targets.guards[2]
      ?.execute(() => Promise.reject(refused), {
        classify: () => ({ outcome: 'failure', errorType: 'network', retry: 'never', nextTarget: true }),
      })
      .catch(() => undefined);
    expect(outcomes((await targets.answer()).result)).toEqual([['target_1', 'success', 2_000]]);
  });

  it('continues when the first call fails, and the first continues when the hedge fails', async () => {
    const first = createTargets([
      async ({ signal }, clock) => {
        await answers(1_300)({ signal }, clock);
        throw status(500);
      },
      answers(1_000),
    ]);
    expect(outcomes((await first.answer()).result)).toEqual([
      ['target_1', 'failure', 1_300],
      ['target_2', 'success', 1_000],
    ]);
    const second = createTargets([answers(2_000), fails(refused)]);
    expect(outcomes((await second.answer()).result)).toEqual([
      ['target_1', 'success', 2_000],
      ['target_2', 'failure', 0],
    ]);
  });

  it('streams the tokens of the faster call alone', async () => {
    const targets = createTargets([answers(1_300, 500), answers(50, 5_000)]);
    const shown: string[] = [];
    const asked = targets.generate({ onToken: (text) => shown.push(text) });
    await targets.clock.advance(10_000);
    expect(await asked).toMatchObject({ ok: true, target: 'target_2' });
    expect(shown).toEqual(['Because', '.']);
  });

  it('is aborted with its question', async () => {
    const targets = createTargets([hangs, hangs]);
    const caller = new AbortController();
    const asked = targets.generate({ signal: caller.signal });
    await targets.clock.advance(1_300);
    expect(targets.underWay).toBe(2);
    caller.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    await targets.clock.advance(0);
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    expect(targets.underWay).toBe(0);
    expect(targets.clock.pendingTimers).toBe(0);
  });

  it('answers a hundred concurrent questions that hang, and later questions need none', async () => {
    const targets = createTargets([hangs, answers(300)]);
    const asked = Array.from({ length: 100 }, () => targets.generate());
    await targets.clock.advance(1_500);
    const results = await Promise.all(asked);
    expect(results.every((result) => result.ok && result.target === 'target_2')).toBe(true);
    const { result, tookMs } = await targets.answer();
    expect(tookMs).toBe(300);
    expect(outcomes(result)).toEqual([['target_2', 'success', 300]]);
    expect(targets.underWay).toBe(0);
    targets.behaviours[0] = answers();
    await targets.clock.advance(12_000);
    expect((await targets.answer()).result).toMatchObject({ target: 'target_1' });
  });

  it('ignores a slower half-open trial that goes on', async () => {
    const targets = createTargets([answers(1_500), answers(100, 1_000)]);
    targets.guards[0]?.restoreOpen(1);
    await targets.clock.advance(1);
    const shown: string[] = [];
    const asked = targets.generate({ onToken: (text) => shown.push(text) });
    await targets.clock.advance(1_400);
    expect(targets.underWay).toBe(2);
    await targets.clock.advance(1_000);
    expect(await asked).toMatchObject({ ok: true, target: 'target_2' });
    expect(shown).toEqual(['Because', '.']);
    expect(targets.guards[0]?.snapshot()).toMatchObject({ state: 'half-open', successes_in_row: 1 });
  });

  it('is made for at most a tenth of the calls to a slow but healthy target', async () => {
    const targets = createTargets([answers(1_300), answers(5_000)]);
    for (let question = 0; question < 300; question++) await targets.answer(1_300);
    expect(targets.calls[0]).toBe(300);
    expect(targets.calls[1]).toBeLessThanOrEqual(30 + 3);
    expect(targets.calls[1]).toBeGreaterThan(20);
  });

  it('demotes a slower target whose first-token limit passes', async () => {
    const late = fails(new AttemptTimeoutError('first_token'));
    const targets = createTargets([late, answers()], {}, 100);
    await targets.answer();
    expect(outcomes((await targets.answer()).result)).toEqual([['target_2', 'success', 0]]);
  });
});
