import type { Database } from '../../../../src/postgres/connection/database.ts';
import type { DocumentsRepository } from '../../../../src/postgres/corpus/documents.repository.ts';
import type { EmbeddingsRepository } from '../../../../src/postgres/search/embeddings.repository.ts';
import { createDocument } from '../../../support/postgres/database.ts';
import { createEmbeddings } from '../../../support/postgres/embeddings.ts';
import { chunks, startCorpus, type TestCorpus, MODEL } from '../../../support/postgres/corpus.ts';
import { servers } from '../../../support/postgres/servers.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`the embeddings repository on ${name} Postgres`, () => {
    let database: Database;
    let documents: DocumentsRepository;
    let embeddings: EmbeddingsRepository;
    let embed: TestCorpus['embed'];
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, documents, embeddings, embed, close } = await startCorpus(start));
    });

    afterAll(() => close());

    it('pages through the chunks without a vector', async () => {
      const tenant = 'pages';
      await documents.save(tenant, createDocument('a'), chunks('one', 'two', 'three'));
      await embed(tenant, () => 0);
      await documents.save(tenant, createDocument('b'), chunks('four', 'five', 'six'));
      const pages: string[][] = [];
      for (let after: string | null = '0'; after !== null;) {
        const page = { size: 2, after };
        const found = await embeddings.pendingChunks(MODEL, { tenantId: tenant }, page);
        pages.push(found.pending.map(({ text }) => text));
        after = found.last;
      }
      expect(pages).toEqual([[], ['four'], ['five', 'six'], []]);
    });

    it('registers a model once, with one dimension', async () => {
      const model = await embeddings.registerModel('sized', 3);
      expect(await embeddings.registerModel('sized', 3)).toEqual(model);
      await expect(embeddings.registerModel('sized', 4)).rejects.toThrow('sized has 3 dimensions, not 4');
    });

    it('registers one dimension when two processes find different ones at the same time', async () => {
      const { embeddings: other } = createEmbeddings(database);
      const registered = await Promise.allSettled([
        embeddings.registerModel('raced', 3),
        other.registerModel('raced', 4),
      ]);
      const dimension = (await embeddings.findModel('raced'))?.dimension;
      expect(registered.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const [failed] = registered.filter(({ status }) => status === 'rejected');
      expect(failed).toMatchObject({ reason: { name: 'DimensionMismatchError', expected: dimension } });
    });

    it('registers models of more dimensions than a vector index takes', async () => {
      await embeddings.registerModel('wide', 3_072);
      await embeddings.registerModel('too-wide', 5_000);
      expect((await embeddings.findModel('wide'))?.dimension).toBe(3_072);
    });
  });
}
