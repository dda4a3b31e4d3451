import { loadConfig } from '../../../../src/config/load-config.ts';
import type { CircuitStore, StoredOverride } from '../../../../src/resilience/sharing/circuit-store.ts';
import { GuardOverrides } from '../../../../src/resilience/sharing/guard-overrides.ts';
import { GuardRegistry } from '../../../../src/resilience/guard/guard-registry.ts';
import { silentLogger } from '../../../support/postgres/database.ts';
import { FakeClock } from '../../../support/fakes/fake-clock.ts';

const stored = (value: unknown, revision: number, more: Partial<StoredOverride> = {}): StoredOverride => ({
  guard: 'model',
  key: 'mode',
  value,
  revision,
  leftMs: 60_000,
  ...more,
});

/** Controls of one guard on a store that answers when and what the test says. */
function create() {
  const clock = new FakeClock();
  const guards = new GuardRegistry(loadConfig({}), clock, silentLogger, () => 0);
  const guard = guards.guard('model');
  const saves: PromiseWithResolvers<number | null>[] = [];
  const reads: PromiseWithResolvers<StoredOverride[]>[] = [];
  const answer = <T>(list: PromiseWithResolvers<T>[]) => {
    const answered = Promise.withResolvers<T>();
    list.push(answered);
    return answered.promise;
  };
  const store: CircuitStore = {
    saveOverride: () => answer(saves),
    readOverrides: () => answer(reads),
    saveOpen: async () => undefined,
    deleteOpen: async () => undefined,
    readOpen: async () => [],
  };
  return { guard, saves, reads, clock, controls: new GuardOverrides(guards, store, undefined, clock) };
}

describe('overrides by an operator', () => {
  it('are not undone by a read that began before they were stored', async () => {
    const { guard, saves, reads, clock, controls } = create();
    const reading = controls.sync();
    await clock.advance(0);
    const decided = controls.force('model', 'forced_open', 60);
    expect(guard.mode).toBe('forced_open');
    reads[0]?.resolve([stored('forced_closed', 1)]);
    await reading;
    expect(guard.mode).toBe('forced_open');
    saves[0]?.resolve(2);
    await clock.advance(0);
    reads[1]?.resolve([stored('forced_closed', 1)]);
    expect(await decided).toBe(true);
    expect(guard.mode).toBe('forced_open');
  });

  it('are replaced by a newer one in the store, even one that was applied before', async () => {
    const { guard, saves, reads, clock, controls } = create();
    const reading = controls.sync();
    await clock.advance(0);
    reads[0]?.resolve([stored('forced_closed', 1)]);
    await reading;
    const decided = controls.force('model', 'forced_open', 60);
    await clock.advance(0);
    saves[0]?.resolve(null);
    await clock.advance(0);
    reads[1]?.resolve([stored('forced_closed', 1)]);
    await decided;
    expect(guard.mode).toBe('forced_closed');
  });

  it('are applied once, so that their end is not postponed', async () => {
    const { guard, reads, clock, controls } = create();
    for (const index of [0, 1]) {
      const reading = controls.sync();
      await clock.advance(0);
      reads[index]?.resolve([stored('forced_open', 1)]);
      await reading;
      await clock.advance(30_000);
    }
    expect(guard.mode).toBe('auto');
  });

  it('are ignored when this version does not know them', async () => {
    const { guard, reads, clock, controls } = create();
    const reading = controls.sync();
    await clock.advance(0);
    reads[0]?.resolve([
      stored('forced_sideways', 1),
      stored(7, 2, { key: 'colour' }),
      stored('many', 3, { key: 'failThreshold' }),
      stored('forced_open', 4, { guard: 'nobody' }),
      stored({ deep: true }, 5, { key: 'circuit' }),
      stored('count', 6, { key: 'strategy', leftMs: null }),
    ]);
    await reading;
    expect(guard.snapshot()).toMatchObject({ mode: 'auto', state: 'closed', strategy: 'count' });
  });

  it('end after ten seconds when the store does not answer', async () => {
    const { saves, clock, controls } = create();
    const decided = controls.reset('model');
    await clock.advance(0);
    expect(saves).toHaveLength(1);
    await clock.advance(10_000);
    saves[0]?.reject(new Error('the call was ended'));
    expect(await decided).toBe(false);
    expect(controls.hasUnsaved).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
