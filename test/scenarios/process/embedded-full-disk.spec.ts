import { pino } from 'pino';
import { openConnections } from '../../../src/postgres/open-postgres.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { copyDataTemplate } from '../../support/postgres/data-template.ts';
import { createDatabase } from '../../support/postgres/database.ts';
import { describeWithSmallDisk } from '../../support/requirements.ts';
import { SmallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/until.ts';

const DISK_MB = 150;
/** Less than the 16 MB that the database writes before it needs as much again at once. */
const ROOM_MB = 12;
const ROW = 'a'.repeat(4_000);

describeWithSmallDisk('the embedded database on a disk that fills', () => {
  it('says so, keeps what was stored, and takes rows again once there is room', async () => {
    await using stack = new AsyncDisposableStack();
    const disk = stack.use(await SmallDisk.mount(DISK_MB));
    await copyDataTemplate(disk.path);
    const lines: { event?: string; cause?: { message?: string }; free_mb?: number }[] = [];
    const logger = pino({ level: 'error' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const opened = await openConnections(
      { url: undefined, schema: 'failsoft', dataDir: disk.path, timeoutMs: 10_000 },
      systemClock,
      logger,
    );
    stack.defer(() => opened.close());
    const { database, guard } = createDatabase(opened.connections);
    // An open circuit would not ask the disk.
    guard.force('forced_closed', 600_000);
    await database.query('CREATE TABLE filled (id int PRIMARY KEY, text text STORAGE PLAIN)');
    const store = (id: number) =>
      database
        .query(`INSERT INTO filled SELECT n, $3 FROM generate_series($1::int, $2::int) AS n`, [
          id * 100,
          id * 100 + 99,
          ROW,
        ])
        .then(
          () => true,
          () => false,
        );

    await disk.fill(ROOM_MB);
    let stored = 0;
    while (stored < 500 && (await store(stored))) stored++;
    expect(stored).toBeLessThan(500);
    await until('the log names the disk', () =>
      lines.some(({ cause }) => cause?.message === 'the disk of DATA_DIR is full'),
    );
    await disk.makeRoom();
    await until('a row is stored again', () => store(1_000), 30_000);
    const rows = await database.read<{ count: number }>('SELECT count(*)::int FROM filled WHERE id < $1', [
      stored * 100,
    ]);
    expect(rows).toEqual([{ count: stored * 100 }]);
  }, 90_000);
});
