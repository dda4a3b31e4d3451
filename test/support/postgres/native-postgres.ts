import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** The URL of a PostgreSQL server with pgvector on which databases may be made and dropped; undefined where none is named. */
export const nativePostgresUrl = process.env.TEST_DATABASE_URL || undefined;

/** The option with which a client of a test's own finds the service's tables. */
export const SEARCH_PATH = '-c search_path=failsoft,public';

/** A database of one suite's own. */
export interface NativeDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Makes an empty database on the server. @param options of `CREATE DATABASE` */
export async function createNativeDatabase(options = ''): Promise<NativeDatabase> {
  if (nativePostgresUrl === undefined) throw new Error('TEST_DATABASE_URL names no PostgreSQL server');
  const url = new URL(nativePostgresUrl);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runOnServer(nativePostgresUrl, `CREATE DATABASE ${name} ${options}`);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => runOnServer(nativePostgresUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** Runs one statement over a connection of its own. */
async function runOnServer(url: string | undefined, sql: string, values: unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}
