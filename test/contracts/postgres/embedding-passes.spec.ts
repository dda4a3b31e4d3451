import { ChunkEmbedding } from '../../../src/ingest/embedding/chunk-embedding.ts';
import { ChunkVectors } from '../../../src/ingest/embedding/chunk-vectors.ts';
import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import type { Database } from '../../../src/postgres/connection/database.ts';
import { DocumentsRepository } from '../../../src/postgres/corpus/documents.repository.ts';
import type { EmbeddingsRepository } from '../../../src/postgres/search/embeddings.repository.ts';
import { createEmbeddings } from '../../support/postgres/embeddings.ts';
import type { EmbeddingIngestion } from '../../../src/targets/embedding-ingestion.ts';
import type { EmbeddingRefusalsRepository } from '../../../src/postgres/search/embedding-refusals.repository.ts';
import type { EmbeddingTargets } from '../../../src/targets/embedding-targets.ts';
import { chunks } from '../../support/postgres/corpus.ts';
import { createDocument, silentLogger } from '../../support/postgres/database.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`passes over the chunks, on ${name} Postgres`, () => {
    let database: Database;
    let close: () => Promise<void>;
    let documents: DocumentsRepository;
    let corpus: CorpusRepository;
    let embeddings: EmbeddingsRepository;
    let refusals: EmbeddingRefusalsRepository;
    let embedded: string[];
    let pass: () => Promise<string[]>;

    beforeAll(async () => {
      ({ database, close } = await startMigrated(start));
      corpus = new CorpusRepository(database);
      documents = new DocumentsRepository(database, corpus);
      ({ embeddings, refusals } = createEmbeddings(database));
    });

    beforeEach(() => {
      const clock = new FakeClock();
      const vectors = new ChunkVectors(embeddings, refusals, clock, silentLogger);
      const embedding = new ChunkEmbedding(embeddings, corpus, vectors, clock);
      embedded = [];
      const targets: Partial<EmbeddingTargets> = {
        model: 'm',
        expectDimension: () => undefined,
        ingestion: {
          confirmDimension: async () => undefined,
          embedFirst: async (texts: string[]) => {
            embedded.push(...texts);
            return texts.map(() => [1, 0]);
          },
        } as unknown as EmbeddingIngestion,
      };
      const { signal } = new AbortController();
      pass = async () => {
        embedded.length = 0;
        await embedding.embedMissing(targets as EmbeddingTargets, signal, () => undefined);
        return embedded.toSorted();
      };
    });

    afterEach(async () => {
      for (const table of ['documents', 'serving_model', 'embedding_models'])
        await database.query(`DELETE FROM ${table}`);
    });

    afterAll(() => close());

    it('embed each chunk once, including those added or changed meanwhile', async () => {
      expect(await pass()).toEqual([]);
      await documents.save('one', createDocument('a'), chunks('a1', 'a2'));
      await documents.save('two', createDocument('b'), chunks('b1'));
      expect(await pass()).toEqual(['a1', 'a2', 'b1']);
      expect(await pass()).toEqual([]);
      await documents.delete('two', 'b');
      await documents.save('one', createDocument('a', { contentHash: 'new' }), chunks('a2', 'a3'));
      expect(await pass()).toEqual(['a3']);
      await database.query('DELETE FROM serving_model');
      await database.query('DELETE FROM embedding_models');
      expect(await pass()).toEqual(['a2', 'a3']);
    });

    it('return the last chunk and the running transactions', async () => {
      await documents.save('one', createDocument('a'), chunks('a1'));
      const [newest] = await database.query<{ id: string }>('SELECT max(id)::text AS id FROM chunks');
      const horizon = await embeddings.readHorizon();
      expect(horizon.lastChunk).toBe(newest?.id);
      // Other databases of the server may be at work.
      expect(horizon.oldestTransaction).toBeLessThanOrEqual(horizon.nextTransaction);
      await documents.save('one', createDocument('b'), chunks('b1'));
      const later = await embeddings.readHorizon();
      expect(later.nextTransaction).toBeGreaterThan(horizon.nextTransaction);
      expect(Number(later.lastChunk)).toBeGreaterThan(Number(horizon.lastChunk));
    });

    // Embedded there is one connection, so transactions follow one another.
    if (name === 'native')
      it('embed a chunk whose transaction commits after others have added later ones', async () => {
        const added = Promise.withResolvers<void>();
        const committing = Promise.withResolvers<void>();
        const slow = corpus.write('slow', async (tx) => {
          await tx.query(
            `INSERT INTO documents (tenant_id, id, format, text, content_hash) VALUES ('slow', 's', 'text', '', '')`,
          );
          await tx.query(
            `INSERT INTO chunks (tenant_id, document_id, ordinal, text, tokens, content_hash)
             VALUES ('slow', 's', 0, 'late', 1, '')`,
          );
          added.resolve();
          await committing.promise;
        });
        await added.promise;
        await documents.save('one', createDocument('a'), chunks('a1'));
        expect(await pass()).toEqual(['a1']);
        await documents.save('one', createDocument('b'), chunks('b1'));
        expect(await pass()).toEqual(['b1']);
        committing.resolve();
        await slow;
        expect(await pass()).toEqual(['late']);
        expect(await pass()).toEqual([]);
      });
  });
}
