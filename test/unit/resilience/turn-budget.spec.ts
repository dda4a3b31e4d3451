import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { TurnBudget } from '../../../src/resilience/time/turn-budget.ts';
import { BusyClock } from '../../support/fakes/busy-clock.ts';
import { TurnCounter } from '../../support/service/turn-counter.ts';

const LIMIT_MS = 10;

describe('a budget of time for one turn of the event loop', () => {
  const clock = new BusyClock();

  /** The turn in which each of 20 pieces of work was done. */
  async function doWork(costMs: number): Promise<number[]> {
    await setImmediate();
    using turns = new TurnCounter();
    const budget = new TurnBudget(clock, LIMIT_MS);
    const done: [work: number, turn: number][] = [];
    await new Promise<void>((resolve) => {
      for (let work = 0; work < 20; work++)
        budget.run(() => {
          clock.spend(costMs);
          done.push([work, turns.count]);
          if (done.length === 20) resolve();
        });
    });
    expect(done.map(([work]) => work)).toEqual(Array.from({ length: 20 }, (_, work) => work));
    return done.map(([, turn]) => turn);
  }

  it('lets work begin at once while there is time', async () => {
    expect(new Set(await doWork(0))).toEqual(new Set([0]));
  });

  it('makes further work wait for later turns, in order', async () => {
    const turns = await doWork(4);
    const perTurn = [...Map.groupBy(turns, (turn) => turn).values()].map(({ length }) => length);
    expect(Math.max(...perTurn)).toBe(3);
  });

  it('lets work of any cost begin, one piece a turn', async () => {
    expect(new Set(await doWork(60_000)).size).toBe(20);
  });

  it('keeps the async context of work that waits', async () => {
    const storage = new AsyncLocalStorage<number>();
    const budget = new TurnBudget(clock, LIMIT_MS);
    const seen = await Promise.all(
      [0, 1, 2].map((id) => {
        const { promise, resolve } = Promise.withResolvers<number | undefined>();
        storage.run(id, () =>
          budget.run(() => {
            clock.spend(LIMIT_MS);
            resolve(storage.getStore());
          }),
        );
        return promise;
      }),
    );
    expect(seen).toEqual([0, 1, 2]);
  });
});
