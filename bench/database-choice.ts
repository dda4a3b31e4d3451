import { makeTemporaryFolder } from './service-process.ts';

/** Where a service keeps its documents, until disposed. */
export interface DatabaseChoice extends AsyncDisposable {
  /** The variables that say so. */
  env: Record<string, string>;
}

/** What `chooseDatabase` gives now, and the beginning of the command that gives it again. */
export const databaseCommand = process.env['TEST_DATABASE_URL'] ? 'TEST_DATABASE_URL=… ' : '';

/** An empty database: on the server that `TEST_DATABASE_URL` names, otherwise an embedded one. */
export async function chooseDatabase(): Promise<DatabaseChoice> {
  if (!process.env['TEST_DATABASE_URL']) {
    const folder = await makeTemporaryFolder();
    return { env: { DATA_DIR: folder.path }, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }
  const { createNativeDatabase } = await import('../test/support/postgres/native-postgres.ts');
  const database = await createNativeDatabase();
  return { env: { DATABASE_URL: database.url }, [Symbol.asyncDispose]: () => database.drop() };
}
