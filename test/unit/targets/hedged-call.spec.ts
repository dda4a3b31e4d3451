import { classifyError } from '../../../src/huggingface/classify.ts';
import type { GuardedGenerator } from '../../../src/targets/generation/generation-target.ts';
import { HedgedCall } from '../../../src/targets/generation/hedged-call.ts';
import { createTargets, fails, request, answers, status } from '../../support/guards/generation.ts';

const HEDGE_AFTER_MS = 1_200;
const fault = new Error('a fault of the service');
const { signal } = new AbortController();
const limits = { signal, leftMs: () => 30_000 };

/** Asks the first target and hedges with the second; what follows the call to `faulty` throws. */
function ask(faulty: number) {
  const { clock, targets } = createTargets([answers(3_000), answers(3_000)]);
  const untried = [...targets];
  const take = () => untried.shift() as GuardedGenerator;
  const hedged = new HedgedCall({
    clock,
    hedgeAfterMs: HEDGE_AFTER_MS,
    hasMoreTargets: () => untried.length > 0,
    nextHedge: take,
    run: async (call, onFirstToken) => {
      if (call.target === targets[faulty]) throw fault;
      await call.run(request, {
        signal,
        classify: classifyError,
        onFirstToken,
        onActivity: () => undefined,
        onToken: () => undefined,
      });
    },
    onNoFirstToken: () => undefined,
  });
  return { clock, decided: hedged.run(take()) };
}

/** Prepares the request of every target but the second. */
function prepare({ guard }: GuardedGenerator) {
  if (guard.name === 'target_2') throw fault;
  return request;
}

describe('a fault of the service during a call to a model', () => {
  it('rejects the question of the last call, and leaves no timer behind', async () => {
    const { clock, decided } = ask(0);
    await expect(decided).rejects.toBe(fault);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not reject a question with another call under way', async () => {
    const { clock, decided } = ask(1);
    await clock.advance(3_000);
    expect((await decided).attempt).toEqual({ target: 'target_1', outcome: 'success', duration_ms: 3_000 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not end the first call when the hedge cannot be made', async () => {
    const { clock, pool, calls } = createTargets([answers(3_000), answers()]);
    const answered = pool.generate(prepare, limits);
    await clock.advance(3_000);
    expect(await answered).toMatchObject({ ok: true, target: 'target_1' });
    expect(calls).toEqual([1, 0]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects the question when the request of the next target cannot be made', async () => {
    const { clock, pool } = createTargets([fails(status(500)), answers()]);
    await expect(pool.generate(prepare, limits)).rejects.toBe(fault);
    expect(clock.pendingTimers).toBe(0);
  });
});
