import { setImmediate } from 'node:timers/promises';
import { SharedTurns, waitForOwnTurn, workInParts } from '../../../src/resilience/time/own-turn.ts';
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

  it('is taken now and then by a loop of steps that are all there at once', async () => {
    await setImmediate();
    using turns = new TurnCounter();
    const shared = new SharedTurns();
    for (let step = 0; step < 1_000; step++) await shared.endStep();
    expect(turns.count).toBeGreaterThan(10);
    expect(turns.count).toBeLessThan(20);
  });

  it('is taken for each part of a long text, which is cut between characters alone', async () => {
    await setImmediate();
    using turns = new TurnCounter();
    const text = `a${'\u{1F600}'.repeat(20_000)}`;
    const parts: string[] = [];
    await workInParts(text, (part) => parts.push(part));
    expect(turns.count).toBeGreaterThanOrEqual(3);
    expect(parts.join('')).toBe(text);
    expect(parts.every((part) => part.isWellFormed())).toBe(true);
  });
});
