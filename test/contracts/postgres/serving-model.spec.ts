import { randomUUID } from 'node:crypto';
import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import type { Database } from '../../../src/postgres/connection/database.ts';
import { DocumentsRepository } from '../../../src/postgres/corpus/documents.repository.ts';
import type {
  EmbeddingModel,
  EmbeddingsRepository,
} from '../../../src/postgres/search/embeddings.repository.ts';
import { ServingModelRepository } from '../../../src/postgres/search/serving-model.repository.ts';
import type { GuardEvent } from '../../../src/resilience/guard/guard-events.ts';
import type { Guard } from '../../../src/resilience/guard/guard.ts';
import type { VectorIndexes } from '../../../src/postgres/search/vector-indexes.ts';
import { chunks } from '../../support/postgres/corpus.ts';
import { createDocument } from '../../support/postgres/database.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';
import { createEmbeddings } from '../../support/postgres/embeddings.ts';
import { until } from '../../support/until.ts';

const TENANT = 'default';

for (const { name: server, describeOn, start } of servers) {
  describeOn(`the model that serves, on ${server} Postgres`, () => {
    let database: Database;
    let guard: Guard;
    let events: GuardEvent[];
    let close: () => Promise<void>;
    let documents: DocumentsRepository;
    let embeddings: EmbeddingsRepository;
    let vectorIndexes: VectorIndexes;
    let serving: ServingModelRepository;
    let corpus: CorpusRepository;

    beforeAll(async () => {
      ({ database, guard, events, close } = await startMigrated(start));
      corpus = new CorpusRepository(database);
      documents = new DocumentsRepository(database, corpus);
      ({ embeddings, indexes: vectorIndexes } = createEmbeddings(database));
      serving = new ServingModelRepository(database);
    });

    afterEach(async () => {
      for (const table of ['documents', 'serving_model', 'embedding_registrations', 'embedding_models'])
        await database.query(`DELETE FROM ${table}`);
    });

    afterAll(() => close());

    async function store(id: string, count: number): Promise<void> {
      const texts = Array.from({ length: count }, (_, number) => `${id} has part ${number}.`);
      await documents.save(TENANT, createDocument(id), chunks(...texts));
    }

    const findPending = async (name: string) =>
      (await embeddings.pendingChunks(name, {}, { size: 100_000, after: '0' })).pending;

    /** Gives up to `limit` chunks a vector of the model. */
    async function embed(name: string, dimension: number, limit = 100_000): Promise<EmbeddingModel> {
      const model = await embeddings.registerModel(name, dimension);
      await vectorIndexes.whenBuilt();
      const pending = await findPending(name);
      const embedding = Array.from({ length: dimension }, () => 1);
      await embeddings.save(
        model,
        pending
          .slice(0, limit)
          .map(({ id: chunkId, tenant_id: tenantId }) => ({ tenantId, chunkId, embedding })),
      );
      return model;
    }

    /** Registers a model as a new process does. */
    async function registerAnew(name: string, dimension: number): Promise<void> {
      const process = createEmbeddings(database);
      await process.embeddings.registerModel(name, dimension);
      await process.indexes.whenBuilt();
    }

    const later = (table: string, column: string) =>
      database.query(`UPDATE ${table} SET ${column} = ${column} - interval '1 day'`);
    const indexes = async () =>
      (
        await database.query<{ name: string }>(
          `SELECT indexname AS name FROM pg_indexes WHERE indexname LIKE '%embeddings_model_%' ORDER BY 1`,
        )
      ).map(({ name }) => name);

    it('is the first model with vectors, and is not replaced by a later one on its own', async () => {
      expect(await serving.find()).toBeUndefined();
      await store('a', 2);
      const old = await embed('old', 3);
      await embed('new', 4);
      expect(await serving.find()).toEqual({ ...old, name: 'old' });
    });

    it('is used while its hosts are configured, and replaced by a configured model with vectors otherwise', async () => {
      expect(await serving.choose('new', ['old', 'new'])).toBeUndefined();
      await store('a', 2);
      await embed('old', 3);
      expect(await serving.choose('new', ['new', 'old'])).toMatchObject({ name: 'old' });
      expect(await serving.choose('new', ['new'])).toBeUndefined();
      await embed('new', 4, 1);
      expect(await serving.choose('new', ['new', 'old'])).toMatchObject({ name: 'old' });
      expect(await serving.choose('new', ['new'])).toMatchObject({ name: 'new', dimension: 4 });
    });

    // Embedded there is one connection, which nobody else can hold.
    if (server === 'native')
      it('is replaced after a writer has released the documents, without a failure', async () => {
        await store('a', 1);
        await embed('old', 3);
        const model = { ...(await embed('new', 4)), name: 'new' };
        const held = Promise.withResolvers<void>();
        const done = Promise.withResolvers<void>();
        const holder = database.transaction(async (tx) => {
          await tx.query('SELECT FROM corpora WHERE tenant_id = $1 FOR UPDATE', [TENANT]);
          held.resolve();
          await done.promise;
        });
        await held.promise;
        const switched = serving.switchTo(model);
        await until('it was refused', () => events.some(({ type }) => type === 'retry'));
        done.resolve();
        await holder;
        expect(await switched).toBe(true);
        expect(guard.snapshot().fail_count).toBe(0);
      });

    it('is replaced once at most one chunk in a hundred lacks a vector of the other, and not before', async () => {
      await store('a', 100);
      await embed('old', 3);
      const model = { ...(await embed('new', 4, 1)), name: 'new' };
      expect(await serving.progress('new')).toEqual({ done: 1, total: 100 });
      expect(await serving.switchTo(model)).toBe(false);
      await embed('new', 4, 97);
      const { revision } = await corpus.read(TENANT, 0);
      expect(await serving.switchTo(model)).toBe(false);
      expect(await serving.find()).toMatchObject({ name: 'old' });
      expect((await corpus.read(TENANT, 0)).revision).toBe(revision);
      await embed('new', 4, 1);
      expect(await serving.switchTo(model)).toBe(true);
      expect(await serving.find()).toEqual(model);
      expect((await corpus.read(TENANT, 0)).revision).toBe(revision + 1);
      expect(await serving.switchTo(model)).toBe(false);
    });

    it('is kept until the index of the other is built', async () => {
      await store('a', 2);
      await embed('old', 3);
      const model = { ...(await embed('new', 4)), name: 'new' };
      await database.query(`DROP INDEX chunk_embeddings_model_${model.id}`);
      expect(await serving.switchTo(model)).toBe(false);
      await registerAnew('new', 4);
      expect(await serving.switchTo(model)).toBe(true);
    });

    it('is replaced by a model of more dimensions than can be indexed', async () => {
      await store('a', 2);
      await embed('old', 3);
      const model = { ...(await embed('long', 4_001)), name: 'long' };
      expect(await serving.switchTo(model)).toBe(true);
    });

    it('is not replaced while a running process is configured for another model', async () => {
      await store('a', 2);
      const old = { ...(await embed('old', 3)), name: 'old' };
      const model = { ...(await embed('new', 4)), name: 'new' };
      const [former, latter] = [randomUUID(), randomUUID()];
      await serving.registerProcess(former, 'former', 'old');
      await serving.registerProcess(latter, 'latter', 'new');
      expect(await serving.switchTo(model)).toBe(false);
      expect(await serving.findOtherModels('new')).toEqual(['former']);
      await serving.unregisterProcess(former);
      expect(await serving.findOtherModels('new')).toEqual([]);
      expect(await serving.switchTo(model)).toBe(true);
      await serving.registerProcess(former, 'former', 'old');
      expect(await serving.switchTo(old)).toBe(false);
      expect(await serving.switchTo(model)).toBe(false);
      // Both were killed, and one is there again.
      await later('embedding_registrations', 'registered_at');
      await serving.registerProcess(former, 'former', 'old');
      expect(await database.query('SELECT model FROM embedding_registrations')).toEqual([{ model: 'old' }]);
      expect(await serving.switchTo(old)).toBe(true);
      expect(await serving.find()).toEqual(old);
    });

    it('is replaced although an instance was killed, once the instance runs again', async () => {
      await store('a', 2);
      await embed('old', 3);
      const model = { ...(await embed('new', 4)), name: 'new' };
      const [killed, other, again] = [randomUUID(), randomUUID(), randomUUID()];
      await serving.registerProcess(killed, 'one', 'old');
      await serving.registerProcess(other, 'two', 'old');
      await serving.unregisterInstance('one');
      await serving.registerProcess(again, 'one', 'new');
      expect(await serving.findOtherModels('new')).toEqual(['two']);
      expect(await serving.switchTo(model)).toBe(false);
      await serving.unregisterProcess(other);
      expect(await serving.switchTo(model)).toBe(true);
    });

    it('is replaced once by concurrent processes', async () => {
      await store('a', 2);
      await embed('old', 3);
      const model = { ...(await embed('new', 4)), name: 'new' };
      const { revision } = await corpus.read(TENANT, 0);
      const switched = await Promise.all([1, 2, 3, 4].map(() => serving.switchTo(model)));
      expect(switched.filter(Boolean)).toEqual([true]);
      expect((await corpus.read(TENANT, 0)).revision).toBe(revision + 1);
    });

    it('has its predecessor dropped with the index only after a while', async () => {
      await store('a', 1_500);
      const old = { ...(await embed('old', 3)), name: 'old' };
      const model = { ...(await embed('new', 4)), name: 'new' };
      const process = randomUUID();
      expect(await serving.switchTo(model)).toBe(true);
      expect(await serving.findRetired()).toEqual([]);
      await later('serving_model', 'switched_at');
      await serving.registerProcess(process, 'process', 'old');
      expect(await serving.findRetired()).toEqual([]);
      await serving.drop(old);
      expect(await serving.progress('old')).toEqual({ done: 1_500, total: 1_500 });
      await serving.unregisterProcess(process);
      expect(await serving.findRetired()).toEqual([old]);
      await serving.drop(old);
      await serving.drop(old);
      expect(await embeddings.findModel('old')).toBeUndefined();
      expect(await serving.findRetired()).toEqual([]);
      expect(await serving.progress('new')).toEqual({ done: 1_500, total: 1_500 });
      expect(await indexes()).toContain(`chunk_embeddings_model_${model.id}`);
      expect(await indexes()).not.toContain(`chunk_embeddings_model_${old.id}`);
    });

    it('has a missing index rebuilt by a new process', async () => {
      await store('a', 1);
      const { id } = await embed('old', 3);
      const index = `chunk_embeddings_model_${id}`;
      await database.query(`DROP INDEX ${index}`);
      await registerAnew('old', 3);
      expect(await indexes()).toContain(index);
    });
  });
}
