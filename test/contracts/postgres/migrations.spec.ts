import type { Connections } from '../../../src/postgres/connection/connections.ts';
import type { Database } from '../../../src/postgres/connection/database.ts';
import { applyMigrations, OldTablesError } from '../../../src/postgres/migrations/apply-migrations.ts';
import { StartupMigrations } from '../../../src/postgres/migrations/startup-migrations.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';
import { createDatabase, silentLogger } from '../../support/postgres/database.ts';
import { servers } from '../../support/postgres/servers.ts';

for (const { name, describeOn, start } of servers) {
  describeOn(`the migrations on ${name} Postgres`, () => {
    const { signal } = new AbortController();
    let stack: AsyncDisposableStack;
    let connections: Connections;
    let database: Database;

    beforeEach(async () => {
      stack = new AsyncDisposableStack();
      const server = await start();
      stack.defer(() => server.stop());
      connections = await server.connect();
      stack.defer(() => connections.close());
      ({ database } = createDatabase(connections));
    });
    afterEach(() => stack.disposeAsync());

    it('put the tenant first in every primary and foreign key of a table that has tenants', async () => {
      await applyMigrations(connections, signal);
      const keys = await database.query<{ table: string; columns: string[]; referenced: string[] | null }>(
        `SELECT k.conrelid::regclass::text AS table, columns.names AS columns, referenced.names AS referenced
         FROM pg_constraint k
         JOIN pg_attribute t ON t.attrelid = k.conrelid AND t.attname = 'tenant_id'
         CROSS JOIN LATERAL (
           SELECT array_agg(attname::text ORDER BY place) AS names
           FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place) JOIN pg_attribute a USING (attnum)
           WHERE a.attrelid = k.conrelid
         ) AS columns
         CROSS JOIN LATERAL (
           SELECT array_agg(attname::text ORDER BY place) AS names
           FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, place) JOIN pg_attribute a USING (attnum)
           WHERE a.attrelid = k.confrelid
         ) AS referenced
         WHERE k.connamespace = current_schema()::regnamespace AND k.contype IN ('p', 'f')
           AND k.confrelid <> 'embedding_models'::regclass
         ORDER BY 1, 2`,
      );
      expect([...new Set(keys.map(({ table }) => table))]).toEqual([
        'answered_question_embeddings',
        'answered_questions',
        'chunk_embeddings',
        'chunk_terms',
        'chunks',
        'corpora',
        'corpus_languages',
        'deleted_documents',
        'documents',
        'embedding_refusals',
        'jobs',
        'terms',
      ]);
      for (const { columns, referenced } of keys) {
        expect(columns[0]).toBe('tenant_id');
        expect(referenced?.[0] ?? 'tenant_id').toBe('tenant_id');
      }
    });

    it('refuse the tables of a version before 0.1.0, change nothing, and say what to do', async () => {
      await database.query('CREATE TABLE public.corpora (tenant_id text)');
      await database.query('CREATE TABLE public.deleted_documents (tenant_id text)');
      const refused = applyMigrations(connections, signal);
      await expect(refused).rejects.toBeInstanceOf(OldTablesError);
      await expect(refused).rejects.toThrow(
        'the database has the tables of a version before 0.1.0: name an empty database in DATABASE_URL, or without it an empty folder in DATA_DIR, and ingest the documents again',
      );
      const startup = new StartupMigrations(connections, systemClock, silentLogger);
      await expect(startup.start()).rejects.toBeInstanceOf(OldTablesError);
      startup.stop();
      expect(await database.query("SELECT FROM pg_namespace WHERE nspname = 'failsoft'")).toEqual([]);
    });
  });
}
