import { CircuitStateRepository } from '../../../src/postgres/records/circuit-state.repository.ts';
import type { Database } from '../../../src/postgres/connection/database.ts';
import type { OverrideChange } from '../../../src/resilience/sharing/circuit-store.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';
import { until } from '../../support/until.ts';

const { signal } = new AbortController();

function decision(more: Partial<OverrideChange> = {}): OverrideChange {
  return { guard: 'model', key: 'mode', value: 'forced_open', leftMs: 60_000, ageMs: 0, ...more };
}

for (const { name, describeOn, start } of servers) {
  describeOn(`the circuit store on ${name} Postgres`, () => {
    let database: Database;
    let close: () => Promise<void>;
    let store: CircuitStateRepository;

    beforeAll(async () => {
      ({ database, close } = await startMigrated(start));
      store = new CircuitStateRepository(database, 'this');
    });

    afterEach(async () => {
      await database.query('DELETE FROM guard_overrides');
      await database.query('DELETE FROM open_circuits');
    });

    afterAll(() => close());

    it('keeps one decision of each key, with the time it has left', async () => {
      await store.saveOverride(decision(), signal);
      await store.saveOverride(decision({ value: 'forced_closed', leftMs: 30_000 }), signal);
      await store.saveOverride(decision({ key: 'failThreshold', value: 7, leftMs: null }), signal);
      await store.saveOverride(decision({ guard: 'other', value: null, leftMs: null }), signal);
      const controls = await store.readOverrides(signal);
      expect(controls.map(({ guard, key, value }) => [guard, key, value]).sort()).toEqual([
        ['model', 'failThreshold', 7],
        ['model', 'mode', 'forced_closed'],
        ['other', 'mode', null],
      ]);
      const [mode] = controls.filter(({ value }) => value === 'forced_closed');
      expect(mode?.leftMs).toBeLessThanOrEqual(30_000);
      expect(mode?.leftMs).toBeGreaterThan(0);
      expect(controls.filter(({ leftMs }) => leftMs === null)).toHaveLength(2);
    });

    it('gives every write a later revision, even concurrent ones', async () => {
      const first = await store.saveOverride(decision(), signal);
      const revisions = await Promise.all(
        Array.from({ length: 20 }, () => store.saveOverride(decision(), signal)),
      );
      expect(new Set(revisions).size).toBe(20);
      const [stored] = await store.readOverrides(signal);
      expect(stored?.revision).toBe(Math.max(...revisions.map(Number)));
      expect(Math.min(...revisions.map(Number))).toBeGreaterThan(Number(first));
    });

    it('does not replace a newer decision by one that was delayed', async () => {
      await store.saveOverride(decision({ value: 'forced_closed' }), signal);
      expect(await store.saveOverride(decision({ ageMs: 5_000 }), signal)).toBeNull();
      const [stored] = await store.readOverrides(signal);
      expect(stored?.value).toBe('forced_closed');
    });

    it('replaces an older decision by one that was delayed', async () => {
      await store.saveOverride(decision({ value: 'forced_closed', ageMs: 20_000 }), signal);
      expect(await store.saveOverride(decision({ ageMs: 5_000 }), signal)).not.toBeNull();
      const [stored] = await store.readOverrides(signal);
      expect(stored?.value).toBe('forced_open');
    });

    it('marks a decision that has expired', async () => {
      await store.saveOverride(decision({ leftMs: -1 }), signal);
      const [stored] = await store.readOverrides(signal);
      expect(stored?.leftMs).toBeLessThan(0);
    });

    it('returns the open circuits of the instance that asks, while they are open', async () => {
      const other = new CircuitStateRepository(database, 'other');
      await store.saveOpen({ guard: 'model', leftMs: 5_000 }, signal);
      await store.saveOpen({ guard: 'model', leftMs: 60_000 }, signal);
      await store.saveOpen({ guard: 'over', leftMs: 1 }, signal);
      await other.saveOpen({ guard: 'elsewhere', leftMs: 60_000 }, signal);
      await until('the time of the shortest is over', async () =>
        (await store.readOpen(signal)).every(({ guard }) => guard !== 'over'),
      );
      const open = await store.readOpen(signal);
      expect(open.map(({ guard }) => guard)).toEqual(['model']);
      expect(open[0]?.leftMs).toBeGreaterThan(5_000);
      expect(open[0]?.leftMs).toBeLessThan(60_000);
      await store.deleteOpen('model', signal);
      expect(await store.readOpen(signal)).toEqual([]);
      expect(await other.readOpen(signal)).toHaveLength(1);
    });

    it('deletes the open circuits of instances that never came back', async () => {
      const gone = new CircuitStateRepository(database, 'gone');
      await gone.saveOpen({ guard: 'model', leftMs: -3_700_000 }, signal);
      await gone.saveOpen({ guard: 'recent', leftMs: -10_000 }, signal);
      await store.saveOpen({ guard: 'model', leftMs: 60_000 }, signal);
      const rows = await database.query('SELECT instance, guard FROM open_circuits ORDER BY 1, 2');
      expect(rows).toEqual([
        { instance: 'gone', guard: 'recent' },
        { instance: 'this', guard: 'model' },
      ]);
    });

    it('ends a call whose signal aborts', async () => {
      await expect(store.readOverrides(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    });
  });
}
