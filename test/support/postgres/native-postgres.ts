import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

const TOOL = fileURLToPath(new URL('../../../../shared/tools/native-postgres', import.meta.url));

/**
 * The URL of a PostgreSQL server on which databases may be made and dropped: `TEST_DATABASE_URL`, or the one
 * that the tool beside the repository starts; undefined where neither is there.
 */
export const nativePostgresUrl = process.env.TEST_DATABASE_URL || startByTool();

/** A database of one suite's own. */
export interface NativeDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Makes an empty database on the server. */
export async function createNativeDatabase(): Promise<NativeDatabase> {
  if (nativePostgresUrl === undefined) throw new Error('there is no PostgreSQL server');
  const url = new URL(nativePostgresUrl);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runOnServer(nativePostgresUrl, `CREATE DATABASE ${name}`);
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

function startByTool(): string | undefined {
  if (!existsSync(TOOL)) return undefined;
  const { status, stdout } = spawnSync(TOOL, ['start'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
