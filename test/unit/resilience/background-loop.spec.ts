import { setImmediate as nextTurn } from 'node:timers/promises';
import { BackgroundLoop } from '../../../src/resilience/time/background-loop.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const EVERY_MS = 10_000;

let clock: FakeClock;
let runs: number;
let loop: BackgroundLoop;

/** A loop whose runs are counted and do what `work` says. */
function createLoop(
  work: (signal: AbortSignal) => Promise<number | void> | number | void = () => undefined,
  everyMs: number | undefined = EVERY_MS,
  random?: () => number,
): BackgroundLoop {
  const count = (signal: AbortSignal) => {
    runs++;
    return work(signal);
  };
  loop = new BackgroundLoop('work', clock, everyMs, count, random);
  return loop;
}

beforeEach(() => {
  clock = new FakeClock();
  runs = 0;
});

afterEach(async () => {
  await loop.stop();
  expect(clock.pendingTimers).toBe(0);
});

describe('a background loop', () => {
  it('runs at once, and again after its interval', async () => {
    await createLoop().start();
    expect(runs).toBe(1);
    await clock.advance(EVERY_MS - 1);
    expect(runs).toBe(1);
    await clock.advance(1);
    expect(runs).toBe(2);
  });

  it('begins after its delay', async () => {
    void createLoop().start(3_000);
    await clock.advance(2_999);
    expect(runs).toBe(0);
    await clock.advance(1);
    expect(runs).toBe(1);
  });

  it('waits up to a fifth less than its interval, and exactly as long as a run returns', async () => {
    const waits: (number | undefined)[] = [undefined, 3_000];
    await createLoop(
      () => waits.shift(),
      EVERY_MS,
      () => 0.5,
    ).start();
    await clock.advance(9_000);
    expect(runs).toBe(2);
    await clock.advance(3_000);
    expect(runs).toBe(3);
  });

  it('waits until it is woken when it has no interval and a run returns none', async () => {
    loop = new BackgroundLoop('work', clock, undefined, () => void runs++);
    await loop.start();
    await clock.advance(3_600_000);
    expect(runs).toBe(1);
    loop.wake();
    loop.wake();
    await clock.advance(0);
    expect(runs).toBe(2);
  });

  it('runs once more when it is woken during a run, however often', async () => {
    const gate = Promise.withResolvers<void>();
    const started = createLoop(() => gate.promise).start();
    loop.wake();
    loop.wake();
    gate.resolve();
    await started;
    await clock.advance(0);
    expect(runs).toBe(2);
  });

  it('goes on after a run that throws', async () => {
    await createLoop(() => {
      throw new Error('down');
    }).start();
    await clock.advance(EVERY_MS);
    expect(runs).toBe(2);
  });

  it('is at rest before it starts, while it waits and once it is stopped, and never while it runs or is about to', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    createLoop(() => gates[runs - 1]?.promise);
    expect(loop.isAtRest).toBe(true);
    const started = loop.start();
    expect(loop.isAtRest).toBe(false);
    gates[0]?.resolve();
    await started;
    await clock.advance(0);
    expect(loop.isAtRest).toBe(true);
    loop.wake();
    expect(loop.isAtRest).toBe(false);
    await clock.advance(0);
    expect({ runs, isAtRest: loop.isAtRest }).toEqual({ runs: 2, isAtRest: false });
    gates[1]?.resolve();
    await loop.stop();
    expect(loop.isAtRest).toBe(true);
  });

  it('aborts the run under way when it is stopped, waits for its end, and runs no more', async () => {
    let ended = false;
    void createLoop(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await nextTurn();
      ended = true;
    }).start();
    await loop.stop();
    expect(ended).toBe(true);
    loop.wake();
    await loop.start();
    await clock.advance(EVERY_MS);
    expect(runs).toBe(1);
  });

  it('does not run when it is stopped before its delay has passed', async () => {
    const started = createLoop().start(3_000);
    await loop.stop();
    await started;
    expect(runs).toBe(0);
  });
});
