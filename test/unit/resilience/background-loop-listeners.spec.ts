import { BackgroundLoop } from '../../../src/resilience/time/background-loop.ts';
import { watchAbortListeners } from '../../support/service/abort-listeners.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { until } from '../../support/until.ts';

describe('repeated work', () => {
  it.each([
    ['after a time', 1_000],
    ['when it is woken', undefined],
  ])('leaves no listener of past waits: %s', async (_, everyMs) => {
    const listeners = watchAbortListeners();
    const clock = new FakeClock();
    let runs = 0;
    const repeater = new BackgroundLoop(
      'work',
      clock,
      everyMs,
      () => void runs++,
      () => 0,
    );
    await repeater.start();
    await clock.advance(1);
    const waiting = listeners.held.length;
    expect(waiting).toBe(0);
    for (let run = 2; run < 20; run++) {
      if (everyMs === undefined) repeater.wake();
      else await clock.advance(everyMs);
      await until('it has run', () => runs === run);
      await clock.advance(1);
    }
    expect(listeners.held).toHaveLength(waiting);
    await repeater.stop();
    listeners.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
