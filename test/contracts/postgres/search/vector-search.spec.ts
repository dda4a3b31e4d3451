import type { Database } from '../../../../src/postgres/connection/database.ts';
import type { DocumentsRepository } from '../../../../src/postgres/corpus/documents.repository.ts';
import { SearchRepository, type SearchScope } from '../../../../src/postgres/search/search.repository.ts';
import type { EmbeddingsRepository } from '../../../../src/postgres/search/embeddings.repository.ts';
import { createDocument } from '../../../support/postgres/database.ts';
import { chunks, vectorAt, startCorpus, type TestCorpus, MODEL } from '../../../support/postgres/corpus.ts';
import { servers } from '../../../support/postgres/servers.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`the vector search on ${name} Postgres`, () => {
    let database: Database;
    let documents: DocumentsRepository;
    let embeddings: EmbeddingsRepository;
    let search: SearchRepository;
    let embed: TestCorpus['embed'];
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, documents, embeddings, search, embed, close } = await startCorpus(start));
    });

    afterAll(() => close());

    it('adds the similarity to chunks found by words when they have a vector', async () => {
      const tenant = 'compared';
      await documents.save(tenant, createDocument('a'), chunks('60'));
      await embed(tenant, Number);
      await documents.save(tenant, createDocument('b'), chunks('90'));
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      const scope = { tenantId: tenant, filter: {}, limit: 10 };
      const near = { model, embedding: vectorAt(0) };
      const compared = await search.searchText('60 90', scope, near);
      expect(compared.toSorted((a, b) => (a.text < b.text ? -1 : 1))).toMatchObject([
        { document_id: 'a', similarity: expect.closeTo(0.5, 5) },
        { document_id: 'b', similarity: null },
      ]);
      const filtered = await search.searchText('60 90', { ...scope, filter: { none: true } }, near);
      expect(filtered).toEqual([]);
      expect(await search.searchText('60', scope)).toMatchObject([{ document_id: 'a', similarity: null }]);
    });

    it('finds the nearest chunks of a small tenant and of a rare filter among many others', async () => {
      const crowd = Array.from({ length: 1_000 }, (_, index) => `crowd ${index}`);
      await documents.save('crowd', createDocument('crowd'), chunks(...crowd));
      await embed('crowd', (text) => Number(text.slice('crowd '.length)) / 100);
      await documents.save('small', createDocument('near', { metadata: { rare: true } }), chunks('30'));
      await documents.save('small', createDocument('far'), chunks('60'));
      await embed('small', Number);
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      const scope = { tenantId: 'small', filter: {}, limit: 5 };
      const found = await search.searchVector({ model, embedding: vectorAt(0) }, scope);
      expect(found.map(({ document_id }) => document_id)).toEqual(['near', 'far']);
      expect(found[0]?.score).toBeCloseTo(Math.cos(Math.PI / 6), 5);
      const rare = await search.searchVector(
        { model, embedding: vectorAt(90) },
        { ...scope, filter: { rare: true } },
      );
      expect(rare.map(({ document_id }) => document_id)).toEqual(['near']);
    });

    it('finds the nearest chunks of a tenant that is too large to compare each', async () => {
      const tenant = 'many';
      const texts = Array.from({ length: 60 }, (_, index) => String(index));
      await documents.save(tenant, createDocument('all', { metadata: { all: true } }), chunks(...texts));
      await embed(tenant, Number);
      await database.query('UPDATE corpus_languages SET chunks = 20000 WHERE tenant_id = $1', [tenant]);
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      const near = { model, embedding: vectorAt(20) };
      const filters: SearchScope['filter'][] = [{}, { all: true }];
      for (const filter of filters) {
        const found = await search.searchVector(near, { tenantId: tenant, filter, limit: 3 });
        expect(found.map(({ text }) => text).sort()).toEqual(['19', '20', '21']);
        expect(found[0]).toMatchObject({ text: '20', score: expect.closeTo(1, 5) });
      }
      const none = { tenantId: tenant, filter: { none: true }, limit: 3 };
      expect(await search.searchVector(near, none)).toEqual([]);
    });

    it('skips the chunks of other tenants for a tenant that is too large to compare each', async () => {
      const tenant = 'outnumbered';
      await documents.save(tenant, createDocument('all'), chunks('70', '75', '80'));
      await embed(tenant, Number);
      await database.query('UPDATE corpus_languages SET chunks = 20000 WHERE tenant_id = $1', [tenant]);
      const model = await embeddings.findModel(MODEL);
      if (!model) throw new Error('the model is not registered');
      const near = { model, embedding: vectorAt(0) };
      // So few would be sorted rather than looked for in the index.
      const byIndex = {
        read: (sql: string, parameters: unknown[]) =>
          database.transaction(async (tx) => {
            await tx.query('SET LOCAL enable_sort = off');
            return tx.query(sql, parameters);
          }),
      };
      const indexed = new SearchRepository(byIndex as never);
      const found = await indexed.searchVector(near, { tenantId: tenant, filter: {}, limit: 3 });
      expect(found.map(({ text }) => text)).toEqual(['70', '75', '80']);
    });
  });
}
