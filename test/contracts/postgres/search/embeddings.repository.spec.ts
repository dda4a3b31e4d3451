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

    it('finds and counts the chunks without a vector among many with one, before their statistics are known', async () => {
      const tenant = 'large';
      const count = 12_000;
      await documents.save(tenant, createDocument('a'), chunks('first', 'last'));
      await database.query(
        `INSERT INTO chunks (tenant_id, document_id, ordinal, text, tokens, content_hash)
         SELECT $1, 'a', n, 'text ' || n, 5, n::text FROM generate_series(2, $2) AS n`,
        [tenant, count],
      );
      // Too wide for an index, which would take longer to fill.
      const model = await embeddings.registerModel('no-index', 5_000);
      await database.query(
        `INSERT INTO chunk_embeddings (tenant_id, chunk_id, model_id, embedding)
         SELECT tenant_id, id, $2, '[1,0,0,0]' FROM chunks WHERE tenant_id = $1 AND text <> 'last'`,
        [tenant, model.id],
      );
      // Each vector compared with each chunk takes longer than a statement may.
      const { pending } = await embeddings.pendingChunks(
        'no-index',
        { tenantId: tenant },
        { size: count, after: '0' },
      );
      expect(pending.map(({ text }) => text)).toEqual(['last']);
      const all = await embeddings.countMissing('no-index', '0', count);
      const before = await embeddings.countMissing('no-index', '0', 3);
      const after = await embeddings.countMissing('no-index', pending[0]!.id, count);
      // The six chunks of the tenant before have none either.
      expect([all, before, after].map(({ waiting }) => waiting)).toEqual([7, 3, 0]);
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
