import { readdir, readFile, writeFile } from 'node:fs/promises';
import { jest } from '@jest/globals';
import type { Database } from '../../../src/postgres/connection/database.ts';
import { ChunksRepository } from '../../../src/postgres/corpus/chunks.repository.ts';
import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import { DocumentsRepository } from '../../../src/postgres/corpus/documents.repository.ts';
import { AdminActionsRepository } from '../../../src/postgres/records/admin-actions.repository.ts';
import { AnsweredQuestionsRepository } from '../../../src/postgres/records/answered-questions.repository.ts';
import { CircuitStateRepository } from '../../../src/postgres/records/circuit-state.repository.ts';
import { JobQueue, type ClaimedJob } from '../../../src/postgres/records/job-queue.ts';
import { StateChangesRepository } from '../../../src/postgres/records/state-changes.repository.ts';
import { EmbeddingRefusalsRepository } from '../../../src/postgres/search/embedding-refusals.repository.ts';
import { EmbeddingsRepository } from '../../../src/postgres/search/embeddings.repository.ts';
import { SearchRepository } from '../../../src/postgres/search/search.repository.ts';
import { ServingModelRepository } from '../../../src/postgres/search/serving-model.repository.ts';
import { createDocument } from '../../support/postgres/database.ts';
import { createEmbeddings } from '../../support/postgres/embeddings.ts';
import {
  chunksOf,
  describeStatement,
  recordStatements,
  type Statement,
} from '../../support/postgres/recorded-statements.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';

/** The statements as they are committed; `UPDATE_SQL=1` writes them anew. */
const FOLDER = new URL('../../sql/', import.meta.url);
const MODEL = 'a-model';
const PAGE = { size: 100, after: '0' };
const UUID = '00000000-0000-4000-8000-000000000001';
const NOW = Date.UTC(2026, 0, 1);
const SPAN = { from: NOW, to: NOW + 1, limit: 10 };
const { signal } = new AbortController();

/** Calls that together reach every statement of a repository, by what is done. */
type Calls = Record<string, () => Promise<unknown>>;

// The embedded database has one version, which package-lock.json names, so its plans are the same everywhere.
const embedded = servers.filter(({ name }) => name === 'embedded');

for (const { start } of embedded)
  describe('the statements of the repositories', () => {
    let database: Database;
    let close: () => Promise<void>;
    let statements: Statement[];
    let embeddings: EmbeddingsRepository;
    let refusals: EmbeddingRefusalsRepository;
    const given = async () => {
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      return { model, embedding: [1, 0, 0] };
    };

    beforeAll(async () => {
      let connections;
      ({ database, connections, close } = await startMigrated(start));
      const documents = new DocumentsRepository(database, new CorpusRepository(database));
      ({ embeddings, refusals } = createEmbeddings(database));
      const model = await embeddings.registerModel(MODEL, 3);
      for (const tenant of ['t', 'u'])
        for (let n = 0; n < 20; n++)
          await documents.save(tenant, createDocument(`d${n}`, { metadata: { n } }), chunksOf(n, 50));
      const { pending } = await embeddings.pendingChunks(MODEL, {}, { size: 10_000, after: '0' });
      const vectors = pending.map(({ tenant_id: tenantId, id }) => ({
        tenantId,
        chunkId: id,
        embedding: [1, Number(id), 0],
      }));
      for (let from = 0; from < vectors.length; from += 100)
        await embeddings.save(model, vectors.slice(from, from + 100));
      await database.query('ANALYZE');
      statements = recordStatements(connections);
    });
    afterAll(() => close());

    it.each<[string, { prototype: object }, () => Calls]>([
      [
        'corpus',
        CorpusRepository,
        () => {
          const corpus = new CorpusRepository(database);
          return {
            read: () => corpus.read('t', 7, signal),
            count: () => corpus.count('t', MODEL, signal),
            bump: () => corpus.bump('t'),
            readRemaining: () =>
              corpus.readRemaining({ tenantId: 't', documentId: 'd', revision: 7 }, signal),
            purgeAnswers: () =>
              corpus.purgeAnswers([{ tenantId: 't', documentId: 'd', revision: 7 }], signal),
            endPurges: () => corpus.endPurges(signal),
            forgetDeletions: () => corpus.forgetDeletions(60, NOW),
          };
        },
      ],
      [
        'documents',
        DocumentsRepository,
        () => {
          const documents = new DocumentsRepository(database, new CorpusRepository(database));
          return {
            contentHashes: () => documents.contentHashes('t', ['d1', 'd2'], false),
            'save a new document': () => documents.save('t', createDocument('new'), chunksOf(99, 2)),
            'save a changed document': () =>
              documents.save(
                't',
                createDocument('new', { contentHash: 'changed' }),
                chunksOf(99, 3).slice(1),
              ),
            list: () => documents.list('t', MODEL, { limit: 10, after: 'd1', words: null }),
            'list what contains words': () =>
              documents.list('t', MODEL, { limit: 10, after: null, words: ['d', '1'] }),
            summarize: () => documents.summarize('t', MODEL, 'd1'),
            find: () => documents.find('t', MODEL, 'd1'),
            findChunk: () => documents.findChunk('t', '55', 2),
            delete: () => documents.delete('t', 'new'),
            chunkStates: () => documents.chunkStates('t', MODEL, ['d1', 'd2']),
            isEmpty: () => documents.isEmpty(),
          };
        },
      ],
      [
        'chunks',
        ChunksRepository,
        () => {
          const chunks = new ChunksRepository(database);
          return { list: () => chunks.list('t', MODEL, 'd1', { limit: 10, after: -1, embedding: null }) };
        },
      ],
      [
        'search',
        SearchRepository,
        () => {
          const search = new SearchRepository(database);
          const scope = { tenantId: 't', filter: {}, limit: 10 };
          const filtered = { ...scope, filter: { n: 3 } };
          return {
            searchText: () => search.searchText('word 7', scope),
            'searchText with a vector and a filter': async () =>
              search.searchText('word 7', filtered, await given()),
            searchVector: async () => search.searchVector(await given(), scope),
            'searchVector with a filter': async () => search.searchVector(await given(), filtered),
          };
        },
      ],
      [
        'embeddings',
        EmbeddingsRepository,
        () => ({
          findModel: () => embeddings.findModel(MODEL),
          registerModel: () => embeddings.registerModel('another-model', 3),
          pendingChunks: () => embeddings.pendingChunks(MODEL, {}, PAGE),
          'pendingChunks of documents': () =>
            embeddings.pendingChunks(MODEL, { tenantId: 't', documentIds: ['d1'] }, PAGE),
          readHorizon: () => embeddings.readHorizon(),
          countMissing: () => embeddings.countMissing(MODEL, '0', 100),
          save: async () => {
            const { model, embedding } = await given();
            await embeddings.save(model, [{ tenantId: 't', chunkId: '1', embedding }]);
          },
        }),
      ],
      [
        'embedding-refusals',
        EmbeddingRefusalsRepository,
        () => ({
          record: () => refusals.record(MODEL, { tenant_id: 't', id: '1' }, { cause: {}, nowMs: NOW }),
          due: () => refusals.due(MODEL, NOW, 100),
          ofDocument: () => refusals.ofDocument('t', MODEL, 'd1'),
        }),
      ],
      [
        'serving-model',
        ServingModelRepository,
        () => {
          const serving = new ServingModelRepository(database);
          const named = async () => ({ ...(await given()).model, name: MODEL });
          return {
            find: () => serving.find(),
            choose: () => serving.choose(MODEL, [MODEL]),
            registerProcess: () => serving.registerProcess(UUID, 'an-instance', MODEL),
            unregisterInstance: () => serving.unregisterInstance('an-instance'),
            findOtherModels: () => serving.findOtherModels(MODEL),
            unregisterProcess: () => serving.unregisterProcess(UUID),
            progress: () => serving.progress(MODEL),
            switchTo: async () => {
              await database.query('UPDATE serving_model SET model_id = model_id + 1');
              const model = await named();
              statements.length = 0;
              await serving.switchTo(model);
            },
            findRetired: () => serving.findRetired(),
            drop: async () => {
              await database.query("INSERT INTO embedding_models (name, dimension) VALUES ('retired', 3)");
              const retired = await embeddings.findModel('retired');
              statements.length = 0;
              if (retired) await serving.drop({ ...retired, name: 'retired' });
            },
          };
        },
      ],
      [
        'answered-questions',
        AnsweredQuestionsRepository,
        () => {
          const questions = new AnsweredQuestionsRepository(database);
          const question = {
            tenantId: 't',
            key: 'key',
            scope: 'scope',
            wording: 'wording',
            passage: '1',
            question: 'question',
            answer: {},
            answeredAt: NOW,
            documents: ['d'],
            revision: 7,
          };
          const found = { tenantId: 't', scope: 'scope', since: NOW };
          return {
            save: async () => questions.save(question, await given()),
            evictOldest: () => questions.evictOldest('t', { maxQuestions: 10, since: NOW }),
            findByWording: () => questions.findByWording(found, 'wording', signal),
            findNearest: async () =>
              questions.findNearest(found, ['1', '2'], { ...(await given()), minSimilarity: 0.95 }, signal),
            deleteOlder: () => questions.deleteOlder(NOW),
          };
        },
      ],
      [
        'guards',
        CircuitStateRepository,
        () => {
          const guards = new CircuitStateRepository(database, 'an-instance');
          const override = { guard: 'a', key: 'mode', value: 'auto', leftMs: 1_000, ageMs: 0 };
          return {
            saveOverride: () => guards.saveOverride(override as never, signal),
            readOverrides: () => guards.readOverrides(signal),
            saveOpen: () => guards.saveOpen({ guard: 'a', leftMs: 1_000 }, signal),
            deleteOpen: () => guards.deleteOpen('a', signal),
            readOpen: () => guards.readOpen(signal),
          };
        },
      ],
      [
        'admin-actions',
        AdminActionsRepository,
        () => {
          const actions = new AdminActionsRepository(database);
          return {
            save: () =>
              actions.save({
                id: UUID,
                madeAt: new Date(NOW),
                actor: 'an actor',
                action: 'reset',
                guard: 'a',
                changes: {},
                endsAt: null,
                reason: null,
                requestId: 'a request',
              }),
            between: () => actions.between(SPAN, signal),
          };
        },
      ],
      [
        'state-changes',
        StateChangesRepository,
        () => {
          const changes = new StateChangesRepository(database);
          const change = {
            instance: 'i',
            guard: 'a',
            from: 'closed',
            to: 'open',
            failCount: 3,
            at: NOW,
          } as const;
          return {
            save: () => changes.save({ id: UUID, ...change }),
            latest: () => changes.latest('a', 10, signal),
            between: () => changes.between(SPAN, signal),
          };
        },
      ],
      [
        'jobs',
        JobQueue,
        () => {
          const jobs = new JobQueue(database, () => 0.5);
          const job: ClaimedJob = { tenantId: 't', id: UUID, attempt: 1, data: {} };
          return {
            add: () => jobs.add('t', {}, { maxOpen: 10, maxAgeSeconds: 60 }, signal),
            claim: () => jobs.claim(60, signal),
            complete: () => jobs.complete(job, {}, signal),
            release: () => jobs.release(job, signal),
            abandon: () => jobs.abandon(job, signal),
            expire: () => jobs.expire(signal),
            find: () => jobs.find('t', UUID, signal),
            count: () => jobs.count(signal),
            purge: () => jobs.purge(signal),
          };
        },
      ],
    ])('of %s are those in test/sql, with their plans', async (name, { prototype }, createCalls) => {
      const methods = Object.getOwnPropertyNames(prototype).filter((method) => method !== 'constructor');
      const spies = methods.map((method) => jest.spyOn(prototype as Record<string, () => void>, method));
      const written: string[] = [];
      const seen = new Set<string>();
      for (const [title, call] of Object.entries(createCalls())) {
        statements.length = 0;
        await call();
        for (const statement of statements.splice(0)) {
          if (seen.has(statement.sql)) continue;
          seen.add(statement.sql);
          written.push(`-- ${title}\n${await describeStatement(database, statement)}\n`);
        }
      }
      const text = written.join('\n');
      const file = new URL(`${name}.sql`, FOLDER);
      if (process.env['UPDATE_SQL']) await writeFile(file, text);
      expect(text).toBe(await readFile(file, 'utf8'));
      expect(methods.filter((_, index) => spies[index]?.mock.calls.length === 0)).toEqual([]);
      jest.restoreAllMocks();
    });

    it('leave no file in test/sql without a repository', async () => {
      const repositories =
        'admin-actions answered-questions chunks corpus documents embedding-refusals embeddings guards jobs search serving-model state-changes';
      expect((await readdir(FOLDER)).toSorted()).toEqual(
        repositories.split(' ').map((name) => `${name}.sql`),
      );
    });
  });
