import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadConfig } from '../../../src/config/load-config.ts';
import { classifyDatabaseError } from '../../../src/postgres/connection/classify-database-error.ts';
import type { Connections } from '../../../src/postgres/connection/connections.ts';
import { SchemaNotReadyError } from '../../../src/postgres/connection/database-errors.ts';
import { Database } from '../../../src/postgres/connection/database.ts';
import { WriteBehindQueue } from '../../../src/postgres/records/write-behind-queue.ts';
import { GuardRegistry } from '../../../src/resilience/guard/guard-registry.ts';
import { silentLogger } from '../../support/postgres/database.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { until } from '../../support/until.ts';

function create() {
  const clock = new FakeClock();
  const guards = new GuardRegistry(loadConfig({}), clock, silentLogger, () => 0);
  const guard = guards.guard('postgres');
  const written: string[] = [];
  let held = Promise.resolve();
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  const database = { calls: 0, error: undefined as Error | undefined };
  const write = ({ id }: { id: string }) =>
    guard.execute(
      async () => {
        database.calls++;
        await held;
        if (database.error) throw database.error;
        written.push(id);
      },
      { classify: classifyDatabaseError },
    );
  const health = new Database(
    {} as Connections,
    guard,
    clock,
    () => true,
    () => 0,
  );
  const rows = new WriteBehindQueue(write, health, guards, clock, silentLogger);
  const other = (refused?: Error) =>
    guard.execute(
      async () => {
        if (refused) throw refused;
      },
      { classify: classifyDatabaseError },
    );
  return { rows, clock, guard, written, database, other, hold };
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function putWeakly(rows: WriteBehindQueue<{ id: string }>, id: string): WeakRef<object> {
  const row = { id };
  rows.enqueue(row);
  return new WeakRef(row);
}

describe('the write-behind queue', () => {
  it('writes a row at once while the database is available', async () => {
    const { rows, written } = create();
    expect(await rows.add({ id: 'a' })).toBe(true);
    expect(written).toEqual(['a']);
  });

  it('holds rows during an outage, and writes them in order after another call has succeeded', async () => {
    const { rows, written, database, other } = create();
    database.error = new SchemaNotReadyError();
    expect(await rows.add({ id: 'a' })).toBe(false);
    expect(await rows.add({ id: 'b' })).toBe(false);
    expect(database.calls).toBe(1);
    database.error = undefined;
    await other();
    await until('both are written', () => written.length === 2);
    expect(written).toEqual(['a', 'b']);
    expect(await rows.add({ id: 'c' })).toBe(true);
  });

  it('makes no call that the guard would refuse', async () => {
    const { rows, guard, database } = create();
    guard.force('forced_open', 60_000);
    expect(await rows.add({ id: 'a' })).toBe(false);
    expect(database.calls).toBe(0);
    expect(guard.snapshot().totals.rejected).toBe(0);
  });

  it('makes no trial call of an open circuit, and writes its rows once the circuit is closed', async () => {
    const { rows, guard, clock, written, database, other } = create();
    const { failThreshold, successThreshold } = guard.configured;
    const refused = new SchemaNotReadyError();
    for (let failure = 0; failure < failThreshold; failure++)
      await expect(other(refused)).rejects.toBe(refused);
    expect(await rows.add({ id: 'a' })).toBe(false);
    await clock.advance(guard.retryAfterMs);

    expect({ state: guard.state, refusal: guard.rejection }).toEqual({ state: 'open', refusal: null });
    expect(await rows.add({ id: 'b' })).toBe(false);
    for (let success = 1; success < successThreshold; success++) await other();
    expect(guard.state).toBe('half-open');
    rows.enqueue({ id: 'c' });
    expect(await rows.add({ id: 'd' })).toBe(false);
    expect(database.calls).toBe(0);

    await other();
    expect(guard.state).toBe('closed');
    await until('all are written', () => written.length === 4);
    expect(written).toEqual(['a', 'b', 'c', 'd']);
  });

  it('writes rows while an operator forces the circuit closed, whatever its state', async () => {
    const { rows, guard, written, other } = create();
    guard.restoreOpen(60_000);
    expect(await rows.add({ id: 'a' })).toBe(false);
    guard.force('forced_closed', 60_000);
    await other();
    await until('it is written', () => written.length === 1);
    expect(guard.state).toBe('open');
  });

  it('writes the rows after one that is never accepted', async () => {
    const { rows, written, database } = create();
    database.error = Object.assign(new Error('no such column'), { code: '42703' });
    await rows.add({ id: 'a' });
    database.error = undefined;
    expect(await rows.add({ id: 'b' })).toBe(true);
    expect(written).toEqual(['b']);
  });

  it('drops the oldest row when it is full', async () => {
    const { rows, written, database, other } = create();
    database.error = new SchemaNotReadyError();
    for (let index = 0; index < 1_001; index++) await rows.add({ id: String(index) });
    database.error = undefined;
    await other();
    await until('all are written', () => written.length === 1_000);
    expect(written[0]).toBe('1');
  });

  it('holds the newest thousand rows while writes are slower than new rows', async () => {
    const { rows, written, database, hold } = create();
    const release = hold();
    rows.enqueue({ id: 'first' });
    await until('the first is being written', () => database.calls === 1);
    const dropped = putWeakly(rows, 'dropped');
    for (let index = 0; index < 1_000; index++) rows.enqueue({ id: String(index) });
    // A weak reference keeps its object until the end of the turn.
    await setImmediate();
    collectGarbage();
    expect(dropped.deref()).toBeUndefined();
    release();
    await until('all are written', () => written.length === 1_001);
    expect(written.at(-1)).toBe('999');
  });

  it('writes the rows once more when it closes, and never after that', async () => {
    const { rows, written, database, other } = create();
    database.error = new SchemaNotReadyError();
    await rows.add({ id: 'a' });
    database.error = undefined;
    await rows.close();
    expect(written).toEqual(['a']);
    await other();
    expect(written).toEqual(['a']);
  });

  it('writes for at most three seconds when it closes, however many rows it holds', async () => {
    const { rows, clock, written, database, hold } = create();
    const release = hold();
    rows.enqueue({ id: 'a' });
    await until('the first is being written', () => database.calls === 1);
    rows.enqueue({ id: 'b' });
    const closed = rows.close();
    await clock.advance(2_999);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1);
    await closed;
    release();
    await until('the first is written', () => written.length === 1);
    await clock.advance(0);
    expect(database.calls).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});
