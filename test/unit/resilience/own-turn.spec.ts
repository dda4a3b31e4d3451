import { setImmediate } from 'node:timers/promises';
import { waitForOwnTurn } from '../../../src/resilience/time/own-turn.ts';
import { TurnCounter } from '../../support/service/turn-counter.ts';

describe('a turn of the event loop of its own', () => {
  it('comes at once when nobody had this one, and otherwise in the order in which callers asked', async () => {
    await setImmediate();
    using turns = new TurnCounter();
    const began: [caller: number, turn: number][] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, caller) => {
        await waitForOwnTurn();
        began.push([caller, turns.count]);
      }),
    );
    expect(began.map(([caller]) => caller)).toEqual(Array.from({ length: 50 }, (_, caller) => caller));
    expect(began[0]).toEqual([0, 0]);
    const later = began.slice(1).map(([, turn]) => turn);
    expect(new Set(later).size).toBe(later.length);
  });
});
