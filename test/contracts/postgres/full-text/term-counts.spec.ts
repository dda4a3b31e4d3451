import type { Database } from '../../../../src/postgres/connection/database.ts';
import type { DocumentsRepository } from '../../../../src/postgres/corpus/documents.repository.ts';
import { createDocument } from '../../../support/postgres/database.ts';
import { chunks, startCorpus } from '../../../support/postgres/corpus.ts';
import { servers } from '../../../support/postgres/servers.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`the counts of the full text on ${name} Postgres`, () => {
    let database: Database;
    let documents: DocumentsRepository;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ database, documents, close } = await startCorpus(start));
    });

    afterAll(() => close());

    it("counts a document of unknown language as one of the tenant's usual language", async () => {
      const list = Array.from({ length: 40 }, (_, number) => `Bridges${number}`).join(' bridges ');
      const mostly = 'It is the oldest of the towers in the town, and it is closed in the winter.';
      const languages = (tenant: string) =>
        database.query('SELECT language FROM corpus_languages WHERE tenant_id = $1 ORDER BY 1', [tenant]);
      await documents.save('lists-alone', createDocument('list'), chunks(list));
      expect(await languages('lists-alone')).toEqual([{ language: 'simple' }]);
      await documents.save('lists-among', createDocument('text'), chunks(mostly));
      await documents.save('lists-among', createDocument('list'), chunks(list));
      expect(await languages('lists-among')).toEqual([{ language: 'english' }]);
      await documents.save('short-alone', createDocument('short'), chunks('Zamek w Malborku'));
      expect(await languages('short-alone')).toEqual([{ language: 'english' }]);
      await documents.save('lists-alone', createDocument('short'), chunks('Zamek w Malborku'));
      expect(await languages('lists-alone')).toEqual([{ language: 'simple' }]);
    });

    it('counts every term of a long document once when it is stored, changed and deleted', async () => {
      const tenant = 'long';
      const wrong = () =>
        database.query(
          `SELECT t.lexeme, t.chunks, n.chunks AS counted FROM terms t FULL JOIN (
           SELECT term, count(*)::int AS chunks FROM chunk_terms c CROSS JOIN unnest(c.terms) AS term
           WHERE c.tenant_id = $1 GROUP BY term
         ) n ON n.term = t.id
         WHERE (t.tenant_id = $1 OR t.id IS NULL) AND t.chunks IS DISTINCT FROM n.chunks`,
          [tenant],
        );
      const words = (from: number) => Array.from({ length: 60 }, (_, index) => `w${(from + index) % 700}`);
      const long = (parts: number, step: number) =>
        chunks(...Array.from({ length: parts }, (_, part) => `${words(part * step).join(' ')} ${part}`));
      await documents.save(tenant, createDocument('long'), long(200, 7));
      expect(await wrong()).toEqual([]);
      await documents.save(tenant, createDocument('long', { contentHash: 'new' }), long(220, 11));
      expect(await wrong()).toEqual([]);
      const sums = () =>
        database.query(
          'SELECT sum(chunks)::int AS chunks, sum(words)::int AS words FROM corpus_languages WHERE tenant_id = $1',
          [tenant],
        );
      expect(await sums()).toEqual([{ chunks: 220, words: 220 * 61 }]);
      await documents.delete(tenant, 'long');
      expect(await database.query('SELECT FROM terms WHERE tenant_id = $1', [tenant])).toEqual([]);
      expect(await sums()).toEqual([{ chunks: 0, words: 0 }]);
    });

    it('counts the terms of concurrent writers', async () => {
      const tenant = 'writers';
      const ids = Array.from({ length: 12 }, (_, number) => `w${number}`);
      await Promise.all(
        ids.map((id) => documents.save(tenant, createDocument(id), chunks(`The owl of ${id} sleeps.`))),
      );
      await Promise.all(
        ids.map((id, number) =>
          number % 2 === 0
            ? documents.delete(tenant, id)
            : documents.save(
                tenant,
                createDocument(id, { contentHash: 'new' }),
                chunks(`The bat of ${id} sleeps.`),
              ),
        ),
      );
      const counts = await database.query<{ lexeme: string; chunks: number }>(
        `SELECT lexeme, chunks FROM terms WHERE tenant_id = $1 AND lexeme IN ('owl', 'bat', 'sleep') ORDER BY 1`,
        [tenant],
      );
      expect(counts).toEqual([
        { lexeme: 'bat', chunks: 6 },
        { lexeme: 'sleep', chunks: 6 },
      ]);
    });
  });
}
