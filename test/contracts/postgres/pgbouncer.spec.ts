import { Client } from 'pg';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { nativeServer } from '../../../src/postgres/connection/database-server.ts';
import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import { DocumentsRepository } from '../../../src/postgres/corpus/documents.repository.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { SearchRepository } from '../../../src/postgres/search/search.repository.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { chunks } from '../../support/postgres/corpus.ts';
import { createDatabase, createDocument } from '../../support/postgres/database.ts';
import { createEmbeddings } from '../../support/postgres/embeddings.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { PgBouncer } from '../../support/postgres/pgbouncer.ts';
import { describeWithPgBouncer } from '../../support/requirements.ts';
import { until } from '../../support/until.ts';

const TIMEOUT_MS = 2_000;
const { signal } = new AbortController();
const scope = { tenantId: 't', filter: {}, limit: 3 };

for (const mode of ['session', 'transaction'] as const)
  describeWithPgBouncer(`PgBouncer in ${mode} mode`, () => {
    let stack: AsyncDisposableStack;
    let pooler: PgBouncer;
    /** An application's own connection to the same database, by way of the same pooler. */
    let application: Client;
    let direct: Client;

    beforeEach(async () => {
      stack = new AsyncDisposableStack();
      const owned = await createNativeDatabase();
      stack.defer(owned.drop);
      pooler = await PgBouncer.start(owned.url, mode);
      stack.defer(() => pooler.stop());
      [direct, application] = await Promise.all([connect(owned.url), connect(pooler.url)]);
    });
    afterEach(() => stack.disposeAsync());

    async function connect(url: string): Promise<Client> {
      const client = new Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect();
      stack.defer(() => client.end());
      return client;
    }

    async function open() {
      const connections = new Connections(nativeServer(pooler.url, TIMEOUT_MS), TIMEOUT_MS, systemClock);
      stack.defer(() => connections.close());
      await applyMigrations(connections, signal);
      const { database, guard } = createDatabase(connections);
      return { connections, database, guard, ...createEmbeddings(database) };
    }

    it('serves documents, both searches and the index beside an application with tables of the same names', async () => {
      await direct.query('CREATE SCHEMA extensions; CREATE EXTENSION vector SCHEMA extensions');
      await application.query(
        `CREATE TABLE migrations (version text); CREATE TABLE documents (title text); INSERT INTO documents VALUES ('own')`,
      );
      const { database, embeddings, indexes, guard } = await open();
      const documents = new DocumentsRepository(database, new CorpusRepository(database));
      const store = (id: string) => documents.save('t', createDocument(id), chunks(`the ${id} holds water`));
      await Promise.all(['jug', 'cup', 'pot', 'can'].map(store));
      const model = await embeddings.registerModel('a model', 3);
      const page = { size: 10, after: '0' };
      const { pending } = await embeddings.pendingChunks('a model', { tenantId: 't' }, page);
      const vectors = pending.map(({ id }) => ({ tenantId: 't', chunkId: id, embedding: [1, 1, 0] }));
      expect(await embeddings.save(model, vectors)).toBe(4);
      await indexes.whenBuilt();
      const search = new SearchRepository(database);
      const rounds = Array.from({ length: 30 }, async () => {
        const [byWord, byVector, own] = await Promise.all([
          search.searchText('jug', scope),
          search.searchVector({ model, embedding: [1, 1, 0] }, scope),
          application.query('SELECT title FROM documents'),
        ]);
        return [byWord.length, byVector.length, own.rows[0].title as string];
      });
      expect(new Set((await Promise.all(rounds)).map(String))).toEqual(new Set(['1,3,own']));
      const { rows } = await direct.query(
        `SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'extensions') ORDER BY tablename`,
      );
      expect(rows.map(({ tablename }) => tablename as string)).toEqual(['documents', 'migrations']);
      expect(
        (await direct.query(`SELECT FROM pg_indexes WHERE indexname = 'chunk_embeddings_model_1'`)).rowCount,
      ).toBe(1);
      expect(guard.snapshot().fail_count).toBe(0);
    });

    it('ends a statement at the limit, and leaves no setting, lock or prepared statement to other clients', async () => {
      const { database } = await open();
      const sleep = 'SELECT pg_sleep(20)';
      for (const run of [() => database.query(sleep), () => database.transaction((tx) => tx.query(sleep))])
        // On a busy machine the client's own limit, a tenth of a second later, may come first.
        await until('the server has ended it', async () => {
          const error: unknown = await run().then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          return (error as { code?: string } | undefined)?.code === '57014';
        });
      expect(await database.runAlone('a lock', () => Promise.resolve('done'))).toBe('done');
      // The application gets the server connections that the service used.
      const clients = await Promise.all(Array.from({ length: 5 }, () => connect(pooler.url)));
      for (const client of clients) {
        const { rows } = await client.query(
          `SELECT current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path,
                  current_setting('jit') AS jit, (SELECT count(*)::int FROM pg_prepared_statements) AS prepared`,
        );
        expect(rows).toEqual([{ timeout: '0', path: '"$user", public', jit: 'on', prepared: 0 }]);
      }
      const { rows } = await direct.query(`SELECT FROM pg_locks WHERE locktype = 'advisory'`);
      expect(rows).toEqual([]);
    });

    it('passes on that an abandoned statement of a lent connection is to end', async () => {
      const { database } = await open();
      const stop = new AbortController();
      const running = async () => {
        const { rowCount } = await direct.query(
          `SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'`,
        );
        return rowCount === 1;
      };
      const lent = database.runDdl('SELECT pg_sleep(60)', { signal: stop.signal });
      lent.catch(() => undefined);
      await until('the statement runs', running);
      stop.abort(new Error('stopped'));
      await expect(lent).rejects.toThrow('stopped');
      await until('the statement has ended', async () => !(await running()));
    });

    it('lets one process at a time run what must run alone', async () => {
      const [one, other] = [await open(), await open()];
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      const first = one.database.runAlone('a lock', () => held);
      await until('the lock is held', async () => {
        const { rowCount } = await direct.query(`SELECT FROM pg_locks WHERE locktype = 'advisory'`);
        return rowCount === 1;
      });
      expect(await other.database.runAlone('a lock', () => Promise.resolve('done'))).toBeUndefined();
      release();
      await first;
      expect(await other.database.runAlone('a lock', () => Promise.resolve('done'))).toBe('done');
    });
  });
