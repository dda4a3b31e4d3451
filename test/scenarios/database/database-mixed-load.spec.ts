import { createHash } from 'node:crypto';
import type { Connections } from '../../../src/postgres/connection/connections.ts';
import type { Database } from '../../../src/postgres/connection/database.ts';
import { createDatabase } from '../../support/postgres/database.ts';
import { servers, type TestServer } from '../../support/postgres/servers.ts';
import { createRandom } from '../../support/random.ts';

const OPERATIONS = 3_000;
const IN_FLIGHT = 60;
const SEED = 20_261_121;
const STATEMENT_LIMIT_MS = 3_000;

/** What one operation promises: it has checked its own answer when it resolves. */
type Operation = (n: number) => Promise<void>;

for (const { name, describeOn, start } of servers) {
  describeOn(`the ${name} database under 3,000 mixed operations`, () => {
    let server: TestServer;
    let connections: Connections;
    let database: Database;
    /** The rows that must be there at the end. */
    const committed = new Set<number>();
    const random = createRandom(SEED);

    const rejectsWith = async (work: Promise<unknown>, code: string) => {
      await expect(work).rejects.toMatchObject({ code });
    };

    const operations: Operation[] = [
      async (n) => {
        const text = `${n} `.repeat(random(20_000));
        const digest = createHash('md5').update(text).digest('hex');
        const rows = await database.query('SELECT $1::int AS n, md5($2) AS digest, $2 AS text', [n, text]);
        expect(rows).toEqual([{ n, digest, text }]);
      },
      async (n) => {
        const id = n % 100;
        expect(await database.query('SELECT * FROM known WHERE id = $1', [id])).toEqual([
          { id, text: `row ${id}` },
        ]);
      },
      async (n) => {
        const rows = await database.query('SELECT i + $1::int AS i FROM generate_series(1, 50) AS i', [n]);
        expect(rows).toEqual(Array.from({ length: 50 }, (_, i) => ({ i: i + 1 + n })));
      },
      (n) => rejectsWith(database.query('SELECT $1::int / 0', [n]), '22012'),
      (n) => rejectsWith(database.query('SELECT $1::int', [`not a number ${n}`]), '22P02'),
      (n) => rejectsWith(database.query(`SELECT nothing_${n} FROM known`), '42703'),
      (n) => rejectsWith(database.query('INSERT INTO known VALUES ($1, $2)', [n % 100, 'again']), '23505'),
      (n) =>
        database.transaction(async (tx) => {
          await tx.query('INSERT INTO written VALUES ($1)', [n]);
          expect(await tx.query('SELECT n FROM written WHERE n = $1', [n])).toEqual([{ n }]);
          committed.add(n);
        }),
      (n) =>
        rejectsWith(
          database.transaction(async (tx) => {
            await tx.query('INSERT INTO written VALUES ($1)', [n]);
            await tx.query('SELECT 1 / 0');
          }),
          '22012',
        ),
      async (n) => {
        const caller = new AbortController();
        const work = database.transaction(async (tx) => {
          await tx.query('INSERT INTO written VALUES ($1)', [n]);
          caller.abort('gone');
          await tx.query('INSERT INTO written VALUES ($1)', [-n - 1]);
        }, caller);
        await expect(work).rejects.toBe('gone');
      },
      async (n) => {
        const caller = new AbortController();
        const [answer] = await Promise.allSettled([
          database.query('SELECT $1::int AS n', [n], caller),
          goAfter(random(6), () => caller.abort('gone')),
        ]);
        expect([
          { status: 'fulfilled', value: [{ n }] },
          { status: 'rejected', reason: 'gone' },
        ]).toContainEqual(answer);
      },
    ];

    /** Few, since the embedded database does nothing else meanwhile. */
    const sleepBeyondLimit: Operation = () =>
      expect(database.query(`SELECT pg_sleep(${STATEMENT_LIMIT_MS / 1_000 + 0.5})`)).rejects.toThrow(
        /time limit|timeout/,
      );

    beforeAll(async () => {
      server = await start();
      connections = await server.connect(STATEMENT_LIMIT_MS);
      ({ database } = createDatabase(connections));
      await database.query(
        `CREATE TABLE known AS SELECT id, 'row ' || id AS text FROM generate_series(0, 99) AS id`,
      );
      await database.query('ALTER TABLE known ADD PRIMARY KEY (id)');
      await database.query('CREATE TABLE written (n int NOT NULL)');
    }, 120_000);

    afterAll(async () => {
      await connections.close();
      await server.stop();
    });

    it(`returns only right rows and keeps exactly what was committed (seed ${SEED})`, async () => {
      const plan = Array.from({ length: OPERATIONS }, () => operations[random(operations.length)]);
      plan[1_000] = sleepBeyondLimit;
      plan[2_000] = sleepBeyondLimit;
      let next = 0;
      const work = async () => {
        for (let n = next++; n < OPERATIONS; n = next++) await plan[n]?.(n);
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, work));
      expect(next).toBeGreaterThanOrEqual(OPERATIONS);
      const rows = await database.query<{ n: number }>('SELECT n FROM written ORDER BY n');
      expect(rows.map((row) => row.n)).toEqual([...committed].sort((a, b) => a - b));
      expect(committed.size).toBeGreaterThan(200);
    }, 120_000);
  });
}

/** Runs `action` after some turns of the event loop. */
async function goAfter(turns: number, action: () => void): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  action();
}
