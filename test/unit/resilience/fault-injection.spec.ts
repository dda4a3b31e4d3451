import type { Drill, DrillFault } from '../../../src/resilience/drills/drill.ts';
import { DrillTrace } from '../../../src/resilience/drills/drill-trace.ts';
import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import type { Classify } from '../../../src/resilience/guard/outcome.ts';
import { SingleFlight } from '../../../src/resilience/limits/single-flight.ts';
import { classify, createGuard } from '../../support/guards/guards.ts';
import { createRandom } from '../../support/random.ts';
import { FaultInjection } from '../../../src/resilience/drills/fault-injection.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

const LIMIT_MS = 10_000;
const TTL_MS = 60_000;
const refused = new Error('refused');
const severed = new Error('cut');

const service = {
  limitMs: LIMIT_MS,
  limit: 'first_token',
  errors: { refuse: () => refused, cut_midway: () => severed },
} as const;

function drill(fault: DrillFault, more: Partial<Drill> = {}): Drill {
  return {
    id: `drill of ${fault}`,
    fault,
    share: 1,
    ttlMs: TTL_MS,
    reason: 'a test',
    actor: 'alice',
    ...more,
  };
}

/** A guard whose service has faults. */
function createDrilled() {
  const created = createGuard();
  created.guard.injection.allow(service);
  return Object.assign(created, { injection: created.guard.injection });
}

describe('a drill', () => {
  it('makes calls fail with the error of the service, which opens the circuit', async () => {
    const { guard, injection, clock, begin, events } = createDrilled();
    injection.begin(drill('refuse'), TTL_MS);
    for (let call = 0; call < 5; call++) expect(await begin().result).toBe(refused);
    expect(guard.snapshot()).toMatchObject({
      state: 'open',
      failures_in_row: 5,
      drill: { id: 'drill of refuse', fault: 'refuse', share: 1, reason: 'a test', ends_in: 60 },
    });
    expect(injection.current?.calls_hit).toBe(5);
    await clock.advance(TTL_MS);
    expect(guard.snapshot().drill).toBeNull();
    expect(clock.pendingTimers).toBe(0);
    const drills = events.filter(({ type }) => type.startsWith('drill_'));
    expect(drills.map(({ type }) => type)).toEqual([
      'drill_begun',
      ...Array(5).fill('drill_met'),
      'drill_ended',
    ]);
    expect(drills.at(-1)).toMatchObject({ how: 'expired', drill: { calls_hit: 5 } });
    const succeeding = begin();
    succeeding.succeed();
    expect(await succeeding.result).toBe('done');
  });

  it('hangs until the time limit of the service, whose error it then is', async () => {
    const { injection, clock, begin } = createDrilled();
    injection.begin(drill('hang'), TTL_MS);
    const { result } = begin();
    await clock.advance(LIMIT_MS - 1);
    expect(await Promise.race([result, Promise.resolve('hangs')])).toBe('hangs');
    await clock.advance(1);
    expect(await result).toEqual(new AttemptTimeoutError('first_token'));
  });

  it('hangs no longer than its caller waits, and no longer than the attempt may take', async () => {
    const { injection, clock, begin } = createDrilled();
    injection.begin(drill('hang'), TTL_MS);
    const caller = new AbortController();
    const left = begin({ signal: caller.signal });
    const limited = begin({ timeoutMs: 50 });
    caller.abort(new Error('gone'));
    expect(await left.result).toEqual(new Error('gone'));
    await clock.advance(50);
    expect(await limited.result).toEqual(new AttemptTimeoutError('attempt'));
    injection.end('ended');
    expect(clock.pendingTimers).toBe(0);
  });

  it('delays calls by three seconds', async () => {
    const drilled = createDrilled();
    const { injection, clock, begin } = drilled;
    injection.begin(drill('slow'), TTL_MS);
    const call = begin();
    await clock.advance(2_999);
    expect(drilled.calls).toBe(0);
    await clock.advance(1);
    expect(drilled.calls).toBe(1);
    call.succeed();
    expect(await call.result).toBe('done');
  });

  it('delays calls by no more than half of what the service may take', async () => {
    const { injection, clock, begin } = createDrilled();
    injection.allow({ ...service, limitMs: 100 });
    injection.begin(drill('slow'), TTL_MS);
    const call = begin({ timeoutMs: 100 });
    await clock.advance(50);
    call.succeed();
    expect(await call.result).toBe('done');
  });

  it.each([
    ['after three parts', 5, 3],
    ['at its end when there are fewer', 2, 2],
  ])('cuts a stream %s', async (_, parts, through) => {
    const { guard, injection } = createDrilled();
    injection.begin(drill('cut_midway'), TTL_MS);
    let sent = 0;
    const stream = async (signal: AbortSignal, onSpeech: () => void) => {
      for (; sent < parts; sent++) {
        signal.throwIfAborted();
        onSpeech();
      }
    };
    const call = guard.execute(stream, {
      classify: () => ({ outcome: 'failure', errorType: 'network', retry: 'yes', nextTarget: true }),
    });
    await expect(call).rejects.toBe(severed);
    expect(sent).toBe(through);
  });

  it('meets a share of the calls', async () => {
    const random = createRandom(1);
    const clock = new FakeClock();
    const injection = new FaultInjection(
      'tested',
      clock,
      () => random(1_000) / 1_000,
      () => undefined,
    );
    injection.allow(service);
    const { signal } = new AbortController();
    const countFailed = async (share: number) => {
      injection.begin(drill('refuse', { share, id: `share of ${share}` }), TTL_MS);
      const calls = Array.from({ length: 1_000 }, () => injection.call(() => Promise.resolve(), signal));
      const failed = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected').length;
      expect(injection.current?.calls_hit).toBe(failed);
      return failed;
    };
    expect(await countFailed(0)).toBe(0);
    expect(Math.abs((await countFailed(0.5)) - 500)).toBeLessThan(50);
    expect(await countFailed(1)).toBe(1_000);
    injection.end('ended');
  });

  it('does not begin without the fault, and not when it is older than the process', () => {
    const { guard, injection, clock } = createDrilled();
    injection.begin(drill('garbage'), TTL_MS);
    injection.begin(drill('refuse'), TTL_MS - 1);
    expect(guard.snapshot().drill).toBeNull();
    expect(injection.faults).toEqual(['refuse', 'hang', 'slow', 'cut_midway']);
    const bare = createGuard().guard.injection;
    bare.begin(drill('hang'), TTL_MS);
    expect([bare.isActive, bare.faults]).toEqual([false, []]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives way to a newer one, and is not begun twice', async () => {
    const { injection, clock, events } = createDrilled();
    injection.begin(drill('refuse'), TTL_MS);
    injection.begin(drill('refuse'), TTL_MS);
    injection.begin(drill('hang'), TTL_MS);
    expect(injection.current?.fault).toBe('hang');
    await clock.advance(TTL_MS);
    const drills = events.filter(({ type }) => type.startsWith('drill_')).map(({ type }) => type);
    expect(drills).toEqual(['drill_begun', 'drill_ended', 'drill_begun', 'drill_ended']);
  });

  it('ends with the process, and so do the calls that hang', async () => {
    const { injection, clock, begin } = createDrilled();
    injection.begin(drill('hang'), TTL_MS);
    const { result } = begin();
    injection.stop();
    expect(await result).toEqual(new AttemptTimeoutError('first_token'));
    injection.begin(drill('refuse'), TTL_MS);
    expect([injection.isActive, clock.pendingTimers]).toEqual([false, 0]);
  });

  it('lets calls of operators through, which count for nothing', async () => {
    const drilled = createDrilled();
    const { guard, injection, begin } = drilled;
    await drilled.failTimes(5);
    injection.begin(drill('refuse'), TTL_MS);
    const { calls, rejected } = guard.snapshot().totals;
    const control = begin({ isControl: true });
    control.succeed();
    expect(await control.result).toBe('done');
    expect(guard.snapshot()).toMatchObject({ state: 'open', totals: { calls, rejected } });
    injection.end('ended');
  });
});

describe('the end of a drill', () => {
  it('forgets the failures of a closed circuit, also those of calls that still hang', async () => {
    const { guard, injection, clock, begin, events } = createDrilled();
    injection.begin(drill('refuse'), TTL_MS);
    for (let call = 0; call < 4; call++) await begin().result;
    injection.begin(drill('hang', { id: 'next' }), TTL_MS);
    const hanging = Array.from({ length: 5 }, () => begin().result);
    expect(guard.snapshot().fail_count).toBe(0);
    injection.end('ended');
    await clock.advance(LIMIT_MS);
    await Promise.all(hanging);
    expect(guard.snapshot()).toMatchObject({ state: 'closed', fail_count: 0, after_drill: false });
    const settled = events.filter((event) => event.type === 'settled');
    expect(settled.slice(-5).map(({ late, isDrilled }) => late && isDrilled)).toEqual(Array(5).fill(true));
  });

  it('forgets nothing when no call has met it', async () => {
    const { guard, injection, begin } = createDrilled();
    const failing = begin();
    failing.fail(refused);
    await failing.result;
    injection.begin(drill('refuse', { share: 0 }), TTL_MS);
    injection.end('ended');
    expect(guard.snapshot().fail_count).toBe(1);
  });

  it('lengthens no opening of the circuit after it', async () => {
    const { guard, injection, clock, begin, succeed } = createDrilled();
    for (const id of ['first', 'second']) {
      injection.begin(drill('refuse', { id }), TTL_MS);
      for (let call = 0; call < 5; call++) await begin().result;
      expect(guard.openLeftMs).toBe(30_000);
      await clock.advance(TTL_MS);
      for (let trial = 0; trial < 2; trial++) await succeed();
      expect(guard.snapshot()).toMatchObject({ state: 'closed', consecutive_trips: 0 });
    }
  });

  it('ends a hold that it asked for, and says of the circuit that it opened where this comes from', async () => {
    const { guard, injection, clock, begin } = createDrilled();
    injection.begin(drill('refuse'), TTL_MS);
    const throttled: Classify = (error) => ({
      ...classify(error),
      outcome: 'ignored',
      hold: { cause: 'throttled', ms: LIMIT_MS },
    });
    await begin({ classify: throttled }).result;
    expect(guard.snapshot().hold).toMatchObject({ cause: 'throttled' });
    injection.end('ended');
    expect(guard.snapshot().hold).toBeNull();
    injection.begin(drill('refuse'), TTL_MS);
    for (let call = 0; call < 5; call++) await begin().result;
    expect(guard.snapshot()).toMatchObject({ state: 'open', after_drill: false });
    injection.end('ended');
    expect(guard.snapshot()).toMatchObject({ state: 'open', after_drill: true });
    guard.reset();
    expect(guard.snapshot()).toMatchObject({ state: 'closed', after_drill: false });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the trace of drills', () => {
  it('has the guards that work met, also in calls that it shares, and those that rejected it', async () => {
    const { guard, injection, begin } = createDrilled();
    const flights = new SingleFlight<unknown>();
    const meets = async (work: () => Promise<unknown>) => {
      const drills = new DrillTrace();
      await drills.run(work);
      return drills.guards;
    };
    const ask = () => flights.run('same', () => begin().result);
    injection.begin(drill('refuse'), TTL_MS);
    expect(await Promise.all([meets(ask), meets(ask)])).toEqual([['tested'], ['tested']]);
    for (let call = 0; call < 4; call++) await begin().result;
    expect(await meets(() => begin().result)).toEqual(['tested']);
    expect(injection.current?.calls_hit).toBe(5);
    injection.end('ended');
    // The circuit that it has opened is a part of it.
    expect(await meets(() => begin().result)).toEqual(['tested']);
    guard.reset();
    const succeeding = meets(() => {
      const call = begin();
      call.succeed();
      return call.result;
    });
    expect(await succeeding).toBeNull();
  });

  it('goes up to whatever has started the work, and to those who join it while it is under way', async () => {
    const { injection, clock, begin } = createDrilled();
    injection.begin(drill('hang'), TTL_MS);
    const [request, question, other] = [new DrillTrace(), new DrillTrace(), new DrillTrace()];
    const asking = request.run(() => question.run(() => begin().result));
    other.run(() => question.join());
    await clock.advance(LIMIT_MS);
    await asking;
    expect([request, question, other].flatMap(({ guards }) => guards)).toEqual(Array(3).fill('tested'));
  });
});
