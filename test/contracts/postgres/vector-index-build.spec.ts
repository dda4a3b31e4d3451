import { pino } from 'pino';
import { Client } from 'pg';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { nativeServer } from '../../../src/postgres/connection/database-server.ts';
import type { EmbeddingModel } from '../../../src/postgres/search/embeddings.repository.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { SearchRepository } from '../../../src/postgres/search/search.repository.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { createDatabase } from '../../support/postgres/database.ts';
import { createEmbeddings } from '../../support/postgres/embeddings.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import {
  createNativeDatabase,
  type NativeDatabase,
  SEARCH_PATH,
} from '../../support/postgres/native-postgres.ts';
import { describeWithPostgres } from '../../support/requirements.ts';
import { until } from '../../support/until.ts';

const MODEL = 'test-model';
const DIMENSION = 3;
const CHUNKS = 40;
/** More than are compared one by one, as far as the statistics know. */
const PRETENDED_CHUNKS = 20_000;
/** Between two tries to build. */
const RETRY_MS = 30_000;

describeWithPostgres('the index of a restored corpus', () => {
  let owned: NativeDatabase;
  /** Writes in a transaction that stays open: whoever makes an index has to wait for it. */
  let writer: Client;
  let watcher: Client;
  let cleanUp: AsyncDisposableStack;
  let logs: Record<string, unknown>[];

  beforeEach(async () => {
    cleanUp = new AsyncDisposableStack();
    logs = [];
    owned = await createNativeDatabase();
    cleanUp.defer(owned.drop);
    [writer, watcher] = await Promise.all([connect(), connect()]);
    const connections = new Connections(nativeServer(owned.url, 5_000), 5_000, systemClock);
    await applyMigrations(connections, new AbortController().signal);
    await connections.close();
    await watcher.query(`
      INSERT INTO embedding_models (name, dimension) VALUES ('${MODEL}', ${DIMENSION});
      INSERT INTO serving_model (model_id) SELECT id FROM embedding_models;
      INSERT INTO documents (tenant_id, id, format, text, content_hash) VALUES ('t', 'd', 'text', '', '');
      INSERT INTO chunks (tenant_id, document_id, ordinal, text, tokens, content_hash)
        SELECT 't', 'd', n, n::text, 1, '' FROM generate_series(1, ${CHUNKS}) AS n;
      INSERT INTO chunk_embeddings (model_id, chunk_id, tenant_id, embedding)
        SELECT m.id, c.id, 't', format('[1,%s,0]', c.ordinal)::vector FROM embedding_models m, chunks c WHERE c.ordinal > 1;
      INSERT INTO corpus_languages VALUES ('t', 'simple', ${PRETENDED_CHUNKS}, 1)`);
    await writer.query('BEGIN');
    await writer.query('LOCK TABLE chunk_embeddings IN ROW EXCLUSIVE MODE');
  });
  afterEach(() => cleanUp.disposeAsync());

  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: owned.url, options: SEARCH_PATH });
    await client.connect();
    cleanUp.defer(() => client.end());
    return client;
  }

  /** Opens what one instance of the service has for vectors. */
  function open(clock = new FakeClock()) {
    const connections = new Connections(nativeServer(owned.url, 5_000), 5_000, systemClock);
    const { database, guard } = createDatabase(connections);
    const logger = pino({}, { write: (line) => void logs.push(JSON.parse(line)) });
    const parts = createEmbeddings(database, logger, clock);
    cleanUp.defer(async () => {
      await parts.indexes.onModuleDestroy();
      await connections.close();
      expect(clock.pendingTimers).toBe(0);
    });
    return { ...parts, database, guard, clock };
  }

  const builds = async () => {
    const { rows } = await watcher.query<{ isWaiting: boolean }>(
      `SELECT wait_event_type = 'Lock' AS "isWaiting" FROM pg_stat_activity
       WHERE datname = current_database() AND query ~ '^(CREATE|DROP) INDEX' AND state = 'active'`,
    );
    return rows;
  };
  const isWaiting = async () => (await builds()).some((build) => build.isWaiting);
  const indexes = async () => {
    const { rows } = await watcher.query<{ isValid: boolean }>(
      `SELECT indisvalid AS "isValid" FROM pg_index WHERE indexrelid::regclass::text LIKE 'chunk_embeddings_model_%'`,
    );
    return rows.map(({ isValid }) => isValid);
  };
  const countLogs = (wanted: string) => logs.filter(({ event }) => event === wanted).length;

  it('is built while documents are embedded and searches compare all vectors', async () => {
    const { embeddings, indexes: vectorIndexes, database, guard } = open();
    const model = await embeddings.registerModel(MODEL, DIMENSION);
    await until('the build waits for the open transaction', isWaiting);

    const page = { size: CHUNKS, after: '0' };
    const { pending } = await embeddings.pendingChunks(MODEL, {}, page);
    const vectors = pending.map(({ id }) => ({ tenantId: 't', chunkId: id, embedding: [1, 1, 0] }));
    expect(await embeddings.save(model, vectors)).toBe(1);
    expect(await nearest(database, model)).toEqual(['1', '2', '3']);
    expect(await indexes()).toEqual([false]);

    await writer.query('COMMIT');
    await vectorIndexes.whenBuilt();
    expect(await indexes()).toEqual([true]);
    expect(await nearest(database, model)).toEqual(['1', '2', '3']);
    expect(logs).toEqual([
      expect.objectContaining({ event: 'vector_index_built', duration_ms: expect.any(Number) }),
    ]);
    expect(guard.snapshot().fail_count).toBe(0);
  });

  it('is not built further when the service stops, and built anew by the next process', async () => {
    const stopping = open();
    await stopping.embeddings.registerModel(MODEL, DIMENSION);
    await until('the build waits for the open transaction', isWaiting);
    await stopping.indexes.onModuleDestroy();
    await until('the server has ended the statement', async () => (await builds()).length === 0);
    expect(await indexes()).toEqual([false]);
    expect(stopping.guard.snapshot().fail_count).toBe(0);

    const next = open();
    next.indexes.onApplicationBootstrap();
    await until('the next process builds', isWaiting);
    await writer.query('COMMIT');
    await until('the index is built', async () => countLogs('vector_index_built') === 1);
    expect(await indexes()).toEqual([true]);
  });

  it('is built by one instance, and the others poll until it exists', async () => {
    const [one, other] = [open(), open()];
    await one.embeddings.registerModel(MODEL, DIMENSION);
    await until('the build waits for the open transaction', isWaiting);
    await other.embeddings.registerModel(MODEL, DIMENSION);
    await other.indexes.whenBuilt();
    expect(await builds()).toHaveLength(1);
    expect(other.clock.isDueIn(RETRY_MS)).toBe(true);

    await writer.query('COMMIT');
    await one.indexes.whenBuilt();
    await other.clock.advance(RETRY_MS);
    await other.indexes.whenBuilt();
    expect(await indexes()).toEqual([true]);
    expect([countLogs('vector_index_built'), countLogs('vector_index_failed')]).toEqual([1, 0]);
    expect(other.clock.pendingTimers).toBe(0);
  });

  it('is built again after a failure, and the log says why it failed', async () => {
    await writer.query('ROLLBACK');
    await watcher.query('ALTER TABLE chunk_embeddings RENAME COLUMN embedding TO renamed');
    const { embeddings, indexes: vectorIndexes, clock } = open();
    await embeddings.registerModel(MODEL, DIMENSION);
    await vectorIndexes.whenBuilt();
    expect(logs).toEqual([
      expect.objectContaining({
        event: 'vector_index_failed',
        cause: expect.objectContaining({ sql_state: '42703' }),
      }),
    ]);

    await watcher.query('ALTER TABLE chunk_embeddings RENAME COLUMN renamed TO embedding');
    await clock.advance(RETRY_MS);
    await vectorIndexes.whenBuilt();
    expect(await indexes()).toEqual([true]);
  });
});

async function nearest(database: ReturnType<typeof createDatabase>['database'], model: EmbeddingModel) {
  const scope = { tenantId: 't', filter: {}, limit: 3 };
  const passages = await new SearchRepository(database).searchVector({ model, embedding: [1, 0, 0] }, scope);
  return passages.map(({ text }) => text);
}
