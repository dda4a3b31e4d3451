import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Client } from 'pg';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { nativeServer } from '../../../src/postgres/connection/database-server.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { StartupMigrations } from '../../../src/postgres/migrations/startup-migrations.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { findFreePort } from '../../support/free-port.ts';
import { createDatabase } from '../../support/postgres/database.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { describeWithPostgres } from '../../support/requirements.ts';

const TIMEOUT_MS = 5_000;
const { signal } = new AbortController();

describeWithPostgres('a database that others use', () => {
  let stack: AsyncDisposableStack;
  let url: string;
  let admin: Client;
  /** A role of its own, which may do nothing yet. */
  let role: string;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    ({ url } = owned);
    admin = new Client({ connectionString: url });
    await admin.connect();
    stack.defer(() => admin.end());
    role = `role_${randomUUID().replaceAll('-', '')}`;
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p@ss/w:rd%'`);
    stack.defer(async () => {
      await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });
  });
  afterEach(() => stack.disposeAsync());

  function open(to = url, schema?: string): Connections {
    const connections = new Connections(nativeServer(to, TIMEOUT_MS, schema), TIMEOUT_MS, systemClock);
    stack.defer(() => connections.close());
    return connections;
  }

  const asRole = () => {
    const own = new URL(url);
    own.username = role;
    return `${own.href.replace(`${role}@`, `${role}:p%40ss%2Fw%3Ard%25@`)}`;
  };

  /** What `migrations_failed` says. */
  async function failedStart(to: string): Promise<Record<string, unknown>> {
    const lines: { event: string; cause: Record<string, unknown> }[] = [];
    const logger = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
    const migrations = new StartupMigrations(open(to), new FakeClock(), logger);
    await migrations.start();
    migrations.stop();
    expect(lines.map(({ event }) => event)).toEqual(['migrations_failed']);
    return lines[0]?.cause ?? {};
  }

  it('keeps the tables of an application, and has one set of tables per schema', async () => {
    await admin.query('CREATE TABLE migrations (version text); CREATE TABLE documents (title text)');
    await applyMigrations(open(), signal);
    const [first = '', ...others] = await applyMigrations(open(url, 'other'), signal);
    expect([first, others.length > 0]).toEqual(['1_corpus', true]);
    const { rows } = await admin.query(
      `SELECT relnamespace::regnamespace::text AS schema, count(*)::int AS tables FROM pg_class
       WHERE relkind = 'r' AND relnamespace::regnamespace::text !~ '^(pg_|information_schema)' GROUP BY 1 ORDER BY 1`,
    );
    const [own, other, application] = rows;
    expect(own).toEqual({ schema: 'failsoft', tables: other.tables });
    expect(application).toEqual({ schema: 'public', tables: 2 });
  });

  it('uses the extension in whatever schema it is, also for functions that others call', async () => {
    await admin.query('CREATE SCHEMA extensions; CREATE EXTENSION vector SCHEMA extensions');
    const connections = open();
    await applyMigrations(connections, signal);
    const { database } = createDatabase(connections);
    expect(await database.query(`SELECT '[1,2]'::vector <=> '[1,2]'::vector AS distance`)).toEqual([
      { distance: 0 },
    ]);
    await admin.query(`INSERT INTO failsoft.documents (tenant_id, id, format, text, content_hash) VALUES ('t', 'd', '', '', '');
      INSERT INTO failsoft.chunks (tenant_id, document_id, ordinal, text, tokens, content_hash) VALUES ('t', 'd', 0, '', 1, '');
      SELECT failsoft.index_chunk_terms('t', 'simple', ARRAY[1]::bigint[], ARRAY[to_tsvector('simple', 'a jug')], ARRAY[''::tsvector])`);
    // The trigger runs in the session of whoever deletes.
    await admin.query('DELETE FROM failsoft.documents');
    const { rows } = await admin.query('SELECT count(*)::int AS terms FROM failsoft.terms');
    expect(rows).toEqual([{ terms: 0 }]);
  });

  it('says in one line what an administrator must run for a role without privileges, and works after it', async () => {
    const { message, sql_state: state } = await failedStart(asRole());
    const statements = `CREATE SCHEMA "failsoft" AUTHORIZATION "${role}"; CREATE EXTENSION vector;`;
    expect([message, state]).toEqual([
      `the role lacks privileges in the database: let an administrator run ${statements}`,
      undefined,
    ]);
    await admin.query(statements);
    await applyMigrations(open(asRole()), signal);

    await admin.query('ALTER SCHEMA failsoft OWNER TO CURRENT_USER');
    await admin.query(`CREATE SCHEMA hidden; ALTER EXTENSION vector SET SCHEMA hidden`);
    const { message: later } = await failedStart(asRole());
    const grants = `GRANT USAGE, CREATE ON SCHEMA "failsoft" TO "${role}"; GRANT USAGE ON SCHEMA "hidden" TO "${role}";`;
    expect(later).toBe(`the role lacks privileges in the database: let an administrator run ${grants}`);
    await admin.query(grants);
    await applyMigrations(open(asRole()), signal);
  });

  it('makes the extension itself where the role may, but no schema for it', async () => {
    const { rows } = await admin.query(
      `SELECT trusted FROM pg_available_extension_versions WHERE name = 'vector'`,
    );
    await admin.query(`GRANT CREATE ON DATABASE ${new URL(url).pathname.slice(1)} TO ${role}`);
    if (rows[0]?.trusted !== true) await admin.query('CREATE EXTENSION vector');
    await applyMigrations(open(asRole()), signal);
    const { rows: found } = await admin.query(
      `SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'vector'`,
    );
    expect(found).toEqual([{ schema: 'public' }]);
  });

  it.each(['SQL_ASCII', 'LATIN1'])('says what to make in place of a database in %s', async (encoding) => {
    const options = `TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`;
    const other = await createNativeDatabase(options);
    stack.defer(other.drop);
    const { name, message } = await failedStart(other.url);
    expect([name, message]).toEqual([
      'MigrationError',
      `the database has the encoding ${encoding}, in which texts cannot be stored and found: name one in DATABASE_URL that was made with CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'`,
    ]);
  });

  it.each<[string, (to: URL) => void | Promise<void>, string, object]>([
    [
      'a database that does not exist',
      (to) => void (to.pathname = '/nowhere'),
      'create it',
      { sql_state: '3D000' },
    ],
    [
      'a port where nothing listens',
      async (to) => void (to.port = String(await findFreePort())),
      'nothing listens',
      { code: 'ECONNREFUSED' },
    ],
    ['an unknown host', (to) => void (to.hostname = 'nowhere.invalid'), 'DATABASE_URL', {}],
    [
      'a folder without a socket',
      (to) => void (to.search = '?host=/nowhere'),
      'no socket in the folder',
      { code: 'ENOENT' },
    ],
    [
      'TLS that the server lacks',
      (to) => void (to.search = '?sslmode=require'),
      'use sslmode=prefer or disable',
      {},
    ],
  ])('says in words why a start failed: %s', async (_, change, words, values) => {
    const to = new URL(url);
    await change(to);
    const cause = await failedStart(to.href);
    expect(cause).toMatchObject({ name: 'ConnectionFailedError', ...values });
    expect(cause['message']).toContain(words);
  });

  it('says so when something else than PostgreSQL listens', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    stack.defer(() => void server.close());
    await new Promise((resolve) => void server.once('listening', resolve));
    const to = new URL(url);
    to.port = String((server.address() as AddressInfo).port);
    expect((await failedStart(to.href))['message']).toContain('is it PostgreSQL?');
  });
});
