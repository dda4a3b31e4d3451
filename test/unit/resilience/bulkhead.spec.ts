import fc from 'fast-check';
import { Bulkhead, BulkheadFullError } from '../../../src/resilience/limits/bulkhead.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { createTargets, hangs, answers } from '../../support/guards/generation.ts';

const FOR_EVER = 1_000_000;

function setUp(limits: { maxConcurrent: number; maxQueued: number }) {
  const clock = new FakeClock();
  const bulkhead = new Bulkhead(limits, clock);
  const began: number[] = [];
  let running = 0;
  let most = 0;
  const enter = (id: number, { maxWaitMs = FOR_EVER, signal = new AbortController().signal } = {}) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = async () => {
      began.push(id);
      most = Math.max(most, ++running);
      await promise;
      running--;
    };
    const result = bulkhead.run(work, signal, maxWaitMs).then(
      () => 'done',
      (error: Error) => error,
    );
    return { finish: resolve, result };
  };
  return { clock, bulkhead, began, enter, most: () => most };
}

describe('the bulkhead', () => {
  it('admits callers in the order in which they came', async () => {
    const { bulkhead, began, enter, clock } = setUp({ maxConcurrent: 1, maxQueued: 2 });
    const [first, second, third] = [enter(1), enter(2), enter(3)];
    expect(bulkhead.queueDepth).toBe(2);
    expect(await enter(4).result).toBeInstanceOf(BulkheadFullError);
    first.finish();
    const newcomer = enter(5);
    await clock.advance(0);
    expect(began).toEqual([1, 2]);
    for (const entered of [second, third, newcomer]) {
      entered.finish();
      await entered.result;
    }
    expect(began.slice(0, 3)).toEqual([1, 2, 3]);
    expect(bulkhead.queueDepth).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('drops a waiting caller when its signal aborts or its time is up', async () => {
    const { bulkhead, enter, clock } = setUp({ maxConcurrent: 1, maxQueued: 9 });
    const first = enter(1);
    const caller = new AbortController();
    const gone = enter(2, { signal: caller.signal });
    const late = enter(3, { maxWaitMs: 100 });
    caller.abort(new Error('gone'));
    expect(await gone.result).toEqual(new Error('gone'));
    expect(bulkhead.queueDepth).toBe(1);
    await clock.advance(100);
    expect(await late.result).toBeInstanceOf(BulkheadFullError);
    first.finish();
    await first.result;
    const next = enter(4);
    next.finish();
    expect(await next.result).toBe('done');
    expect(clock.pendingTimers).toBe(0);
  });

  it('refuses a caller whose turn would come too late', async () => {
    const { enter, clock } = setUp({ maxConcurrent: 2, maxQueued: 9 });
    const slow = enter(1);
    await clock.advance(10_000);
    slow.finish();
    await slow.result;
    enter(2);
    enter(3);
    expect(await enter(4, { maxWaitMs: 4_000 }).result).toBeInstanceOf(BulkheadFullError);
    const waiting = enter(5, { maxWaitMs: 5_000 });
    await clock.advance(5_000);
    expect(await waiting.result).toBeInstanceOf(BulkheadFullError);
  });

  it('frees the place of work that fails', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueued: 0 }, new FakeClock());
    const { signal } = new AbortController();
    for (let round = 0; round < 3; round++)
      await expect(bulkhead.run(() => Promise.reject(new Error('down')), signal, 1)).rejects.toThrow('down');
  });

  it('keeps its limits and serves every caller in any sequence of events', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('enter' as const), waitMs: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ kind: fc.constantFrom('finish' as const, 'leave' as const), index: fc.nat(30) }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const { bulkhead, enter, clock, most } = setUp({ maxConcurrent: 3, maxQueued: 4 });
        const entered: { finish: () => void; result: Promise<unknown>; caller: AbortController }[] = [];
        for (const next of steps) {
          if (next.kind === 'enter') {
            const caller = new AbortController();
            entered.push({ ...enter(0, { maxWaitMs: next.waitMs, signal: caller.signal }), caller });
          } else if (next.kind === 'pass') await clock.advance(next.ms);
          else if (next.kind === 'finish') entered[next.index]?.finish();
          else entered[next.index]?.caller.abort(new Error('gone'));
          expect(bulkhead.queueDepth).toBeLessThanOrEqual(4);
        }
        for (const { finish } of entered) finish();
        await clock.advance(0);
        await Promise.all(entered.map(({ result }) => result));
        expect(most()).toBeLessThanOrEqual(3);
        expect(bulkhead.queueDepth).toBe(0);
        expect(clock.pendingTimers).toBe(0);
        const free = [enter(1), enter(2), enter(3)];
        for (const { finish } of free) finish();
        expect(await Promise.all(free.map(({ result }) => result))).toEqual(['done', 'done', 'done']);
      }),
      { seed: 11, numRuns: 100 },
    );
  });
});

describe("questions beyond the bulkhead's limit", () => {
  it('are refused at once', async () => {
    const targets = createTargets([hangs], { maxConcurrent: 1, maxQueued: 1 });
    const caller = new AbortController();
    const first = targets.generate({ signal: caller.signal }).catch(() => 'left');
    const second = targets.generate();
    expect(targets.pool.queueDepth).toBe(1);
    expect(await targets.generate()).toEqual({ ok: false, reason: 'overloaded', attempts: [] });
    targets.behaviours[0] = answers();
    caller.abort(new Error('gone'));
    expect(await first).toBe('left');
    expect(await second).toMatchObject({ ok: true });
  });

  it('leave the queue when half of their time is over', async () => {
    const targets = createTargets([hangs], { maxConcurrent: 1, maxQueued: 1 });
    void targets.generate();
    const waiting = targets.generate({ leftMs: () => 10_000 });
    await targets.clock.advance(5_000);
    expect(await waiting).toEqual({ ok: false, reason: 'overloaded', attempts: [] });
  });
});
