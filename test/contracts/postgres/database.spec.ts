import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connections } from '../../../src/postgres/connection/connections.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { createDatabase, makeTemporaryFolder } from '../../support/postgres/database.ts';
import { servers, type TestServer } from '../../support/postgres/servers.ts';

const RAISE_LOCKED = `DO $$ BEGIN RAISE EXCEPTION 'locked' USING ERRCODE = '55P03'; END $$`;
const RAISE_CONFLICT = `DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$`;

for (const { name, describeOn, start } of servers) {
  describeOn(`the database, ${name}`, () => {
    let server: TestServer;
    let connections: Connections;
    let subject: ReturnType<typeof createDatabase>;

    beforeAll(async () => {
      server = await start();
      connections = await server.connect();
      await createDatabase(connections).database.query(
        'CREATE TABLE notes (id bigint PRIMARY KEY, text text NOT NULL)',
      );
    }, 120_000);
    beforeEach(async () => {
      subject = createDatabase(connections);
      await subject.database.query('TRUNCATE notes');
    });
    afterAll(async () => {
      await connections.close();
      await server.stop();
    });

    const notes = async () => {
      const rows = await subject.database.query<{ id: number }>('SELECT id FROM notes ORDER BY id');
      return rows.map((row) => row.id);
    };

    /** Takes every connection until `free` is called. */
    const occupy = async () => {
      const gate = Promise.withResolvers<void>();
      const taken = Array.from({ length: connections.server.maxConnections }, () => {
        const inside = Promise.withResolvers<void>();
        const done = subject.database.transaction(async (tx) => {
          await tx.query('SELECT 1');
          inside.resolve();
          await gate.promise;
        });
        return { inside: inside.promise, done };
      });
      await Promise.all(taken.map((transaction) => transaction.inside));
      return async () => {
        gate.resolve();
        await Promise.all(taken.map((transaction) => transaction.done));
      };
    };

    it('returns rows with values of the right types', async () => {
      const [row] = await subject.database.query(
        `SELECT $1::bigint AS small, 9007199254740993 AS big, $2::jsonb AS json, $3::text[] AS list, NULL AS nothing`,
        [7, { a: [1] }, ['x', 'y"']],
      );
      expect(row).toEqual({
        small: 7,
        big: '9007199254740993',
        json: { a: [1] },
        list: ['x', 'y"'],
        nothing: null,
      });
    });

    it('rejects a refused statement with its SQLSTATE, and counts no failure', async () => {
      const { database, guard } = subject;
      await expect(database.query('SELECT 1 / $1::int', [0])).rejects.toMatchObject({ code: '22012' });
      await expect(database.query('SELECT $1::int', ['x'])).rejects.toMatchObject({ code: '22P02' });
      await expect(database.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: '42601' });
      await expect(database.query('SELECT 3 AS n')).resolves.toEqual([{ n: 3 }]);
      expect(guard.snapshot().fail_count).toBe(0);
    });

    it('commits a transaction', async () => {
      const result = await subject.database.transaction(async (tx) => {
        await tx.query(`INSERT INTO notes VALUES (1, 'a')`);
        const [row] = await tx.query<{ count: number }>('SELECT count(*) FROM notes');
        return row?.count;
      });
      expect(result).toBe(1);
      expect(await notes()).toEqual([1]);
    });

    it('rolls a transaction back when its work throws', async () => {
      const failing = subject.database.transaction(async (tx) => {
        await tx.query(`INSERT INTO notes VALUES (1, 'a')`);
        throw new Error('changed my mind');
      });
      await expect(failing).rejects.toThrow('changed my mind');
      expect(await notes()).toEqual([]);
    });

    it('rejects a transaction whose work ignores a failed statement, since nothing was stored', async () => {
      const failing = subject.database.transaction(async (tx) => {
        await tx.query(`INSERT INTO notes VALUES (1, 'a')`);
        await tx.query('SELECT 1 / 0').catch(() => undefined);
      });
      await expect(failing).rejects.toThrow('rolled back');
      expect(await notes()).toEqual([]);
    });

    it('refuses a statement after the end of its transaction', async () => {
      const tx = await subject.database.transaction((open) => Promise.resolve(open));
      await expect(tx.query('SELECT 1')).rejects.toThrow('has ended');
    });

    it('rolls a stray BEGIN back before the next caller gets the connection', async () => {
      await subject.database.query('BEGIN');
      await subject.database.query(`INSERT INTO notes VALUES (1, 'a')`);
      await occupy().then((free) => free());
      expect(await notes()).toEqual([1]);
    });

    it('retries the whole transaction after a conflict', async () => {
      let runs = 0;
      await subject.database.transaction(async (tx) => {
        await tx.query(`INSERT INTO notes VALUES ($1, 'a')`, [++runs]);
        if (runs < 3) await tx.query(RAISE_CONFLICT);
      });
      expect(await notes()).toEqual([3]);
      const settled = subject.events.filter((event) => event.type === 'settled');
      expect(settled.map((event) => event.outcome)).toEqual(
        expect.arrayContaining(['ignored', 'ignored', 'success']),
      );
    });

    it('waits for a lock that another transaction holds, however often it is refused', async () => {
      let runs = 0;
      await subject.database.transaction(async (tx) => {
        if (++runs < 6) await tx.query(RAISE_LOCKED);
        await tx.query(`INSERT INTO notes VALUES ($1, 'a')`, [runs]);
      });
      expect(await notes()).toEqual([6]);
      expect(subject.guard.snapshot().fail_count).toBe(0);
    });

    it('gives up after three conflicts', async () => {
      let runs = 0;
      const failing = subject.database.transaction(async (tx) => {
        runs++;
        await tx.query(RAISE_CONFLICT);
      });
      await expect(failing).rejects.toMatchObject({ code: '40001' });
      expect(runs).toBe(3);
    });

    it('runs no statement for a caller who has left', async () => {
      const reason = new Error('gone');
      const limits = { signal: AbortSignal.abort(reason) };
      await expect(subject.database.query(`INSERT INTO notes VALUES (1, 'a')`, [], limits)).rejects.toBe(
        reason,
      );
      expect(await notes()).toEqual([]);
    });

    it('rejects a queued caller who leaves at once, and never runs the statement', async () => {
      const free = await occupy();
      const caller = new AbortController();
      const reason = new Error('gone');
      const waiting = subject.database.query(`INSERT INTO notes VALUES (1, 'a')`, [], caller);
      const next = subject.database.query('SELECT 2 AS n');
      caller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      await free();
      await expect(next).resolves.toEqual([{ n: 2 }]);
      expect(await notes()).toEqual([]);
    });

    it('rejects a caller who leaves during a statement, and gives its rows to nobody else', async () => {
      const caller = new AbortController();
      const order: string[] = [];
      const slow = subject.database
        .query('SELECT 1 AS n FROM pg_sleep(0.3)', [], caller)
        .catch((error: unknown) => order.push(String(error)));
      const others = Array.from({ length: 20 }, (_, n) => subject.database.query('SELECT $1::int AS n', [n]));
      setImmediate(() => caller.abort('gone'));
      await slow;
      expect(order).toEqual(['gone']);
      expect(await Promise.all(others)).toEqual(others.map((_, n) => [{ n }]));
    });

    it('rolls a transaction back when its caller leaves, in a statement or between two', async () => {
      for (const inStatement of [true, false]) {
        const caller = new AbortController();
        const never = new Promise<never>(() => undefined);
        const work = subject.database.transaction(async (tx) => {
          await tx.query(`INSERT INTO notes VALUES (1, 'a')`);
          setImmediate(() => caller.abort('gone'));
          await (inStatement ? tx.query('SELECT pg_sleep(0.3)') : never);
        }, caller);
        await expect(work).rejects.toBe('gone');
        expect(await notes()).toEqual([]);
      }
    });

    it('ends a statement at its time limit as a failure, except one that builds an index', async () => {
      await connections.close();
      connections = await server.connect(300);
      const { database, events } = createDatabase(connections);
      await expect(database.query('SELECT pg_sleep(0.6)')).rejects.toThrow(/time limit|timeout/);
      expect(events).toContainEqual(
        expect.objectContaining({ type: 'settled', outcome: 'failure', errorType: 'timeout' }),
      );
      await expect(database.query('SELECT 4 AS n')).resolves.toEqual([{ n: 4 }]);
      const limit = () => database.query('SHOW statement_timeout');
      const before = await limit();
      await database.runDdl('CREATE TEMPORARY TABLE slow AS SELECT 1 AS n FROM pg_sleep(0.6)');
      expect(await limit()).toEqual(before);
      await expect(database.query('SELECT pg_sleep(0.6)')).rejects.toThrow(/time limit|timeout/);
      await connections.close();
      connections = await server.connect();
    });

    it('refuses calls as in an outage until the migrations have run', async () => {
      let ready = false;
      const { database, events } = createDatabase(connections, () => ready);
      await expect(database.ping()).rejects.toThrow('not migrated');
      expect(events).toContainEqual(expect.objectContaining({ type: 'settled', outcome: 'failure' }));
      ready = true;
      await expect(database.ping()).resolves.toEqual({ isReadOnly: false });
    });

    it('waits for running work before it closes', async () => {
      const free = await occupy();
      const closing = connections.close();
      await expect(subject.database.query('SELECT 1')).rejects.toThrow('closed');
      await free();
      await closing;
      connections = await server.connect();
    });

    describe('migrations', () => {
      let folder: { path: string; remove(): Promise<void> };
      const { signal } = new AbortController();

      beforeEach(async () => {
        folder = await makeTemporaryFolder();
        await subject.database.query('DROP TABLE IF EXISTS migrations, steps');
        await writeFile(join(folder.path, '1_steps.sql'), '-- Up Migration\nCREATE TABLE steps (n int);');
        await writeFile(join(folder.path, '2_more.sql'), '-- Up Migration\nINSERT INTO steps VALUES (1);');
      });
      afterEach(() => folder.remove());

      it('are applied once when several processes start at the same time', async () => {
        const runs = await Promise.all(
          [1, 2, 3].map(() => applyMigrations(connections, signal, folder.path)),
        );
        expect(runs.flat()).toEqual(['1_steps', '2_more']);
        expect(await subject.database.query('SELECT n FROM steps')).toEqual([{ n: 1 }]);
      });

      it('leave no change and no lock behind when one fails', async () => {
        const third = join(folder.path, '3_wrong.sql');
        await writeFile(third, '-- Up Migration\nINSERT INTO steps VALUES (2);\nSELECT 1 / 0;');
        await expect(applyMigrations(connections, signal, folder.path)).rejects.toMatchObject({
          code: '22012',
        });
        expect(await subject.database.query("SELECT to_regclass('steps') AS steps")).toEqual([
          { steps: null },
        ]);
        await writeFile(third, '-- Up Migration\nINSERT INTO steps VALUES (3);');
        await expect(applyMigrations(connections, signal, folder.path)).resolves.toEqual([
          '1_steps',
          '2_more',
          '3_wrong',
        ]);
      });

      it('leave the session settings as they were', async () => {
        const settings = () => subject.database.query('SHOW statement_timeout');
        const before = await settings();
        await applyMigrations(connections, signal, folder.path);
        expect(await settings()).toEqual(before);
      });
    });
  });
}
