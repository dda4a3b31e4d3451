import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { DataInUseError } from '../../../src/postgres/connection/database-errors.ts';
import { EmbeddedServer } from '../../../src/postgres/embedded/embedded-server.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { openConnections, type OpenConnections } from '../../../src/postgres/open-postgres.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { AttemptTimeoutError } from '../../../src/resilience/guard/errors.ts';
import { createDatabase, makeTemporaryFolder, silentLogger } from '../../support/postgres/database.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { createRandom } from '../../support/random.ts';
import { until } from '../../support/until.ts';

const WRITER = fileURLToPath(new URL('../../support/postgres/database-writer.ts', import.meta.url));
const LIMIT_MS = 120_000;
const SEED = 7;

/** A process that writes into the embedded database until it is killed. */
class Writer {
  private readonly received: string[] = [];
  private readonly child: ChildProcess;

  constructor(dataDir: string, from = 0) {
    this.child = spawn(
      process.execPath,
      [
        '--experimental-transform-types',
        '--disable-warning=ExperimentalWarning',
        WRITER,
        dataDir,
        String(from),
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NODE_OPTIONS: '' },
      },
    );
    if (!this.child.stdout) throw new Error('no output');
    createInterface({ input: this.child.stdout }).on('line', (line) => this.received.push(line));
  }

  /**
   * The lines that the writer has printed.
   * @throws Error when the writer has ended by itself, so that no wait for a line is endless
   */
  get lines(): string[] {
    if (this.child.exitCode !== null) throw new Error(`the writer ended with ${this.child.exitCode}`);
    return this.received;
  }

  /** The numbers that the writer has printed as committed. */
  get committed(): number[] {
    return this.lines.map(Number).filter(Number.isInteger);
  }

  async kill(): Promise<void> {
    if (this.child.signalCode !== null) return;
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }
}

describe('the embedded database of a process that is killed', () => {
  /** A data folder with an empty database, which takes seconds to make. */
  let template: { path: string; remove(): Promise<void> };
  let folder: { path: string; remove(): Promise<void> };
  let opened: OpenConnections | undefined;
  let writers: Writer[];

  beforeAll(async () => {
    template = await makeTemporaryFolder();
    await EmbeddedServer.start(template.path, systemClock, silentLogger).then((server) => server.stop());
  }, LIMIT_MS);
  afterAll(() => template.remove());

  beforeEach(async () => {
    folder = await makeTemporaryFolder();
    writers = [];
  });
  afterEach(async () => {
    await Promise.all(writers.map((writer) => writer.kill()));
    await opened?.close();
    opened = undefined;
    await folder.remove();
  });

  const useTemplate = (dataDir = folder.path) =>
    cp(join(template.path, 'postgres'), join(dataDir, 'postgres'), { recursive: true });
  const open = async (dataDir = folder.path) => {
    const opening = await openConnections(
      { url: undefined, schema: 'failsoft', dataDir, timeoutMs: 10_000 },
      systemClock,
      silentLogger,
    );
    opened = opening;
    return { ...opening, database: createDatabase(opening.connections).database };
  };
  const close = async () => {
    await opened?.close();
    opened = undefined;
  };
  const startWriter = (from?: number) => {
    const writer = new Writer(folder.path, from);
    writers.push(writer);
    return writer;
  };

  it(
    `keeps every row whose commit was acknowledged, after each of several kills (seed ${SEED})`,
    async () => {
      await useTemplate();
      const random = createRandom(SEED);
      let from = 0;
      for (let round = 0; round < 4; round++) {
        const writer = startWriter(from);
        const enough = 1 + random(150);
        await until('enough is written', () => writer.committed.length >= enough, LIMIT_MS);
        await writer.kill();

        const { database } = await open();
        const rows = await database.query<{ n: number }>('SELECT n FROM written ORDER BY n');
        const last = writer.committed.at(-1) ?? -1;
        // The last commit may have happened without having been said.
        expect([last + 1, last + 2]).toContain(rows.length);
        expect(rows.map((row) => row.n)).toEqual(rows.map((_, n) => n));
        from = rows.length;
        await close();
      }
    },
    LIMIT_MS,
  );

  it.each<[string, (dataDir: string, writer: Writer) => boolean]>([
    [
      'while the database is being made',
      (dataDir) => existsSync(join(dataDir, 'postgres.new', 'PG_VERSION')),
    ],
    ['when it has just been made', (dataDir) => existsSync(join(dataDir, 'postgres'))],
    ['when the migrations begin', (_, writer) => writer.lines.includes('open')],
    ['when the migrations have ended', (_, writer) => writer.lines.includes('migrated')],
  ])(
    'opens and is migrated after a kill %s',
    async (_when, isTime) => {
      const writer = startWriter();
      await until('it is time', () => isTime(folder.path, writer), LIMIT_MS);
      await writer.kill();
      const { database, connections } = await open();
      await applyMigrations(connections, new AbortController().signal);
      expect(await database.query('SELECT count(*) FROM documents')).toEqual([{ count: 0 }]);
    },
    LIMIT_MS,
  );

  it(
    'refuses a second process with the reason, and is free again after a kill',
    async () => {
      await useTemplate();
      const writer = startWriter();
      await until('something is written', () => writer.committed.length > 0, LIMIT_MS);
      const refused = EmbeddedServer.start(folder.path, systemClock, silentLogger);
      await expect(refused).rejects.toBeInstanceOf(DataInUseError);
      await expect(refused).rejects.toThrow(
        `the embedded database in ${folder.path} is in use by another process`,
      );
      const before = writer.committed.length;
      await until('more is written', () => writer.committed.length > before, LIMIT_MS);
      await writer.kill();
      await expect(open().then(({ database }) => database.ping())).resolves.toEqual({ isReadOnly: false });
    },
    LIMIT_MS,
  );

  it(
    'works in a folder whose path is too long for a socket, and denies other users access',
    async () => {
      const dataDir = join(folder.path, 'deep'.repeat(30), 'deeper'.repeat(20));
      await useTemplate(dataDir);
      const { database } = await open(dataDir);
      await database.ping();
      await expect(EmbeddedServer.start(dataDir, systemClock, silentLogger)).rejects.toThrow('in use');
      for (const name of ['run', 'postgres'])
        expect(((await stat(join(dataDir, name))).mode & 0o777).toString(8)).toBe('700');
    },
    LIMIT_MS,
  );

  it(
    'restarts its thread when a statement never ends, and loses no row',
    async () => {
      await useTemplate();
      const clock = new FakeClock();
      const server = await EmbeddedServer.start(folder.path, clock, silentLogger);
      const connections = new Connections(server.describe(), 300, systemClock);
      const { database } = createDatabase(connections);
      await database.query('CREATE TABLE kept AS SELECT 1 AS n');
      const endless = 'WITH RECURSIVE f(n) AS (SELECT 1 UNION ALL SELECT 1 FROM f) SELECT count(*) FROM f';
      await expect(database.query(endless)).rejects.toBeInstanceOf(AttemptTimeoutError);
      await clock.advance(30_000);

      const { signal } = new AbortController();
      let rows: unknown[] = [];
      const opens = async () => {
        await clock.advance(10_000);
        const session = await connections.open(signal).catch(() => undefined);
        rows = (await session?.run('SELECT n FROM kept', [], signal))?.rows ?? [];
        await session?.release();
        return session !== undefined;
      };
      await until('it is open again', opens, LIMIT_MS);
      expect(rows).toEqual([{ n: 1 }]);
      await connections.close();
      await server.stop();
      expect(clock.pendingTimers).toBe(0);
    },
    LIMIT_MS,
  );
});
