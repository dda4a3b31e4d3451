import { CorpusRepository } from '../../../src/postgres/corpus/corpus.repository.ts';
import { DocumentsRepository } from '../../../src/postgres/corpus/documents.repository.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { SearchRepository } from '../../../src/postgres/search/search.repository.ts';
import { createDatabase, createDocument } from '../../support/postgres/database.ts';
import { servers, startBefore } from '../../support/postgres/servers.ts';

/** The migration that makes the tables of terms. */
const TERMS = 5;

for (const { name, describeOn, start } of servers) {
  describeOn(`the full-text migration on ${name} Postgres`, () => {
    it('indexes, counts and deletes the chunks that were stored before the term tables', async () => {
      await using stack = new AsyncDisposableStack();
      const { database, migrate, close } = await startBefore(start, TERMS);
      stack.defer(close);
      await database.query(
        `INSERT INTO documents (tenant_id, id, format, text, content_hash)
       VALUES ('t', 'owl', 'text', '', ''), ('t', 'bat', 'text', '', ''), ('t', 'none', 'text', '', '')`,
      );
      await database.query('INSERT INTO corpora (tenant_id, revision) VALUES ($1, 1)', ['t']);
      await database.query(
        `INSERT INTO chunks (tenant_id, document_id, ordinal, text, tokens, content_hash, search)
       SELECT 't', id, 0, text, 5, '', to_tsvector('english', text)
       FROM (VALUES ('owl', 'Owls hunt at night.'), ('bat', 'Bats hunt at night, and a bat hunts insects.'),
                    ('none', '…')) AS c (id, text)`,
      );

      await migrate();

      const search = new SearchRepository(database);
      const documents = new DocumentsRepository(database, new CorpusRepository(database));
      const find = async (question: string) =>
        (await search.searchText(question, { tenantId: 't', filter: {}, limit: 10 })).map(
          ({ document_id: id }) => id,
        );
      expect(await find('What does a bat hunt?')).toEqual(['bat', 'owl']);
      expect(await find('owl')).toEqual(['owl']);
      await documents.delete('t', 'bat');
      expect(await find('What does a bat hunt?')).toEqual(['owl']);
      const terms = await database.query<{ lexeme: string; chunks: number }>(
        'SELECT lexeme, chunks FROM terms ORDER BY lexeme',
      );
      expect(terms).toEqual(['hunt', 'night', 'owl'].map((lexeme) => ({ lexeme, chunks: 1 })));
      expect(await database.query('SELECT chunks, words FROM corpus_languages')).toEqual([
        { chunks: 2, words: 3 },
      ]);
    });

    it('recognises an applied migration by its former name', async () => {
      const server = await start();
      const connections = await server.connect();
      try {
        await applyMigrations(connections, new AbortController().signal);
        const { database } = createDatabase(connections);
        const names = () => database.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
        const before = await names();
        await database.query(
          `UPDATE migrations SET name = '13_earlier_questions_by_stems' WHERE name LIKE '13\\_%'`,
        );
        await database.query("DELETE FROM migrations WHERE split_part(name, '_', 1)::integer > 13");
        await database.query('DROP FUNCTION question_terms');
        expect((await applyMigrations(connections, new AbortController().signal))[0]).toBe(
          '14_question_terms',
        );
        expect(await names()).toEqual(before);
      } finally {
        await connections.close();
        await server.stop();
      }
    });

    it('looks terms up by their index, even with a plan made while the table was small', async () => {
      const server = await start();
      const connections = await server.connect();
      try {
        await applyMigrations(connections, new AbortController().signal);
        const { database } = createDatabase(connections);
        const chunk = { ordinal: 0, heading: null, text: 'Owls hunt.', tokens: 3, contentHash: '' };
        const document = { ...createDocument('owl'), text: '' };
        await new DocumentsRepository(database, new CorpusRepository(database)).save('t', document, [chunk]);
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
      } finally {
        await connections.close();
        await server.stop();
      }
    });

    it('deletes the terms of a document, whoever deletes the document', async () => {
      const server = await start();
      const connections = await server.connect();
      try {
        await applyMigrations(connections, new AbortController().signal);
        const { database } = createDatabase(connections);
        const documents = new DocumentsRepository(database, new CorpusRepository(database));
        const chunk = { ordinal: 0, heading: null, text: 'Owls hunt.', tokens: 3, contentHash: '' };
        const document = { id: 'owl', title: null, url: null, format: 'text', text: '', metadata: {} };
        await documents.save('t', { ...document, contentHash: '', bundled: false }, [chunk]);
        expect(await database.query('SELECT FROM terms')).toHaveLength(2);
        await database.query('DELETE FROM documents');
        expect(await database.query('SELECT FROM terms')).toEqual([]);
        expect(await database.query('SELECT chunks, words FROM corpus_languages')).toEqual([
          { chunks: 0, words: 0 },
        ]);
      } finally {
        await connections.close();
        await server.stop();
      }
    });
  });
}
