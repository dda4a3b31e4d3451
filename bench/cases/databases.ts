import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { createNativeDatabase, nativePostgresUrl } from '../../test/support/postgres/native-postgres.ts';
import type { Case, CaseGroup } from './case.ts';
import { nameSources, RunningService } from './running-service.ts';

/** A question is answered from a database that was prepared by these statements. */
function serves(name: string, prepare: string[], change: (url: URL) => void = () => undefined): Case {
  return {
    name,
    expected: 'documents are stored, and the question is answered',
    async run(signal) {
      const database = await createNativeDatabase();
      try {
        await runStatements(database.url, prepare);
        const url = new URL(database.url);
        change(url);
        await using service = await RunningService.start({ DATABASE_URL: url.href }, signal);
        const answers = await service.ask('What is the upload limit?');
        const { retrieval } = answers[0]?.metadata ?? {};
        return { text: `${nameSources(answers)}, ${retrieval}`, isExpected: retrieval === 'hybrid' };
      } finally {
        await database.drop();
      }
    },
  };
}

const crowd: Case = {
  name: '600 questions at once',
  expected: 'the circuit of the database stays closed, and each is answered or shed with 503',
  async run(signal) {
    const database = await createNativeDatabase();
    try {
      await using service = await RunningService.start({ DATABASE_URL: database.url }, signal);
      const statuses = await Promise.all(
        Array.from({ length: 600 }, async (_, n) => {
          const { status } = await service.send('/query', { query: `What is the upload limit number ${n}?` });
          return status;
        }),
      );
      const { state } = await service.guard('postgres');
      const [after] = await service.ask('What is the name limit?');
      const answered = statuses.filter((status) => status === 200).length;
      return {
        text: `${answered} answered, circuit ${state}, then ${after?.metadata?.retrieval}`,
        isExpected:
          state === 'closed' &&
          after?.metadata?.retrieval === 'hybrid' &&
          statuses.every((status) => status === 200 || status === 503),
      };
    } finally {
      await database.drop();
    }
  },
};

async function runStatements(url: string, statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Databases as people have them. */
export const databases: CaseGroup = {
  title: 'Databases',
  missing: nativePostgresUrl === undefined ? 'TEST_DATABASE_URL names no PostgreSQL server' : undefined,
  cases: [
    serves('An application has its own tables migrations and documents', [
      'CREATE TABLE migrations (id serial PRIMARY KEY, name varchar(255), executed_at timestamptz)',
      'CREATE TABLE documents (id integer PRIMARY KEY, content text)',
    ]),
    serves('The extension stands in a schema of its own', [
      'CREATE SCHEMA extensions',
      'CREATE EXTENSION vector SCHEMA extensions',
    ]),
    serves('sslmode=prefer at a server without TLS', [], (url) => url.searchParams.set('sslmode', 'prefer')),
    serves('The scheme is postgresql, and the application is named', [], (url) => {
      url.protocol = 'postgresql:';
      url.searchParams.set('application_name', `failsoft-${randomUUID().slice(0, 8)}`);
    }),
    crowd,
  ],
};
