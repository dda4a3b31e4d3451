import type { Database } from '../../../src/postgres/connection/database.ts';
import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import { DocumentsRepository } from '../../../src/postgres/corpus/documents.repository.ts';
import { createDocument } from '../../support/postgres/database.ts';
import { servers, startMigrated } from '../../support/postgres/servers.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`full text on ${name} Postgres`, () => {
    let database: Database;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ database, close } = await startMigrated(start));
      const documents = new DocumentsRepository(database, new CorpusRepository(database));
      for (const tenant of ['t', 'u']) {
        const chunk = { ordinal: 0, heading: null, text: 'Owls hunt.', tokens: 3, contentHash: '' };
        await documents.save(tenant, createDocument('owl', { text: '' }), [chunk]);
      }
    });
    afterEach(() => close());

    it('looks terms up by their index, even with a plan made while the table was small', async () => {
      await database.query('ANALYZE terms');
      await database.transaction(async (tx) => {
        const scans = () =>
          tx.query<{ seq_scan: number; idx_scan: number }>(
            `SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'terms'`,
          );
        const [before] = await scans();
        for (let call = 0; call < 8; call++)
          await tx.query('SELECT FROM question_terms($1, $2, $3)', ['t', 'owl hunt', 'english']);
        const [after] = await scans();
        expect(after).toMatchObject({ seq_scan: before?.seq_scan ?? 0 });
        expect(after?.idx_scan).toBeGreaterThan(before?.idx_scan ?? 0);
      });
    });

    it('deletes the terms of a document, whoever deletes the document, and only those of its tenant', async () => {
      expect(await database.query('SELECT FROM terms')).toHaveLength(4);
      await database.query(`DELETE FROM documents WHERE tenant_id = 't'`);
      expect(await database.query('SELECT tenant_id, lexeme, chunks FROM terms ORDER BY 2')).toEqual([
        { tenant_id: 'u', lexeme: 'hunt', chunks: 1 },
        { tenant_id: 'u', lexeme: 'owl', chunks: 1 },
      ]);
      expect(
        await database.query('SELECT tenant_id, chunks, words FROM corpus_languages ORDER BY 1'),
      ).toEqual([
        { tenant_id: 't', chunks: 0, words: 0 },
        { tenant_id: 'u', chunks: 1, words: 2 },
      ]);
    });
  });
}
