import { getEventListeners } from 'node:events';
import { pause } from '../../../src/resilience/time/clock.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

describe('a pause', () => {
  const setUp = () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    let isOver = false;
    const begin = () => void pause(clock, 1_000, stop.signal).then(() => (isOver = true));
    return { clock, stop, begin, isOver: () => isOver };
  };

  it('ends after its time, and leaves no timer and no listener', async () => {
    const { clock, stop, begin, isOver } = setUp();
    begin();
    await clock.advance(999);
    expect(isOver()).toBe(false);
    await clock.advance(1);
    expect(isOver()).toBe(true);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('ends as soon as its signal aborts, and leaves no timer and no listener', async () => {
    const { clock, stop, begin, isOver } = setUp();
    begin();
    stop.abort(new Error('stopped'));
    await clock.advance(0);
    expect(isOver()).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not begin when its signal has aborted', async () => {
    const { clock, stop, begin, isOver } = setUp();
    stop.abort();
    begin();
    await clock.advance(0);
    expect(isOver()).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
