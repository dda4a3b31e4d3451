import { backoffMs } from '../../../src/resilience/time/backoff.ts';
import { RetryBudget } from '../../../src/resilience/limits/retry-budget.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { createRandom } from '../../support/random.ts';

function takeAll(budget: RetryBudget): number {
  let taken = 0;
  while (budget.tryTake()) taken++;
  return taken;
}

describe('the retry budget', () => {
  it('is a fifth of the calls of the last minute, plus ten', async () => {
    const clock = new FakeClock();
    const budget = new RetryBudget(clock);
    expect(takeAll(budget)).toBe(10);
    for (let call = 0; call < 100; call++) budget.recordCall();
    expect(takeAll(budget)).toBe(20);
    await clock.advance(59_000);
    expect(takeAll(budget)).toBe(0);
    await clock.advance(1_000);
    expect(takeAll(budget)).toBe(10);
    await clock.advance(3_600_000);
    expect(takeAll(budget)).toBe(10);
  });
});

describe('the backoff', () => {
  const limits = { baseDelayMs: 100, maxDelayMs: 1_000 };

  it('doubles up to its maximum, with half of it random', () => {
    const lengths = [1, 2, 3, 4, 5, 60].map((retry) => [
      backoffMs(retry, limits, () => 0),
      backoffMs(retry, limits, () => 1),
    ]);
    expect(lengths).toEqual([
      [50, 100],
      [100, 200],
      [200, 400],
      [400, 800],
      [500, 1_000],
      [500, 1_000],
    ]);
  });

  it('gives callers different times', () => {
    const random = createRandom(1);
    const drawn = Array.from({ length: 100 }, () => backoffMs(1, limits, () => random(1_000) / 1_000));
    expect(new Set(drawn).size).toBeGreaterThan(80);
  });
});
