import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { EmbeddedServer } from '../../../src/postgres/embedded/embedded-server.ts';
import { applyMigrations } from '../../../src/postgres/migrations/apply-migrations.ts';
import { systemClock } from '../../../src/resilience/time/clock.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/failsoft');
const TIMEOUT_MS = 60_000;

/**
 * Fills an empty data folder with an embedded database that has all tables and no rows. It is made once for the same
 * migrations and packages, since making it takes several seconds of a processor.
 */
export async function copyDataTemplate(dataDir: string): Promise<void> {
  const template = join(CACHE, `data-${await fingerprint()}`);
  if (!existsSync(template)) await makeTemplate(template);
  // A copy of many small files in one go takes a quarter of the time.
  cpSync(template, dataDir, { recursive: true });
}

/** Workers that come at the same time each make one; the first to be ready keeps it. */
async function makeTemplate(template: string): Promise<void> {
  const draft = `${template}.${randomUUID()}`;
  await mkdir(draft, { recursive: true });
  const server = await EmbeddedServer.start(draft, systemClock, pino({ level: 'silent' }));
  const connections = new Connections(server.describe(), TIMEOUT_MS, systemClock);
  await applyMigrations(connections, new AbortController().signal);
  await connections.close();
  await server.stop();
  await rename(draft, template).catch(async (error: unknown) => {
    if (!existsSync(template)) throw error;
    await rm(draft, { recursive: true });
  });
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  const migrations = join(ROOT, 'migrations');
  for (const name of (await readdir(migrations)).sort())
    hash.update(name).update(await readFile(join(migrations, name)));
  return hash
    .update(await readFile(join(ROOT, 'package-lock.json')))
    .digest('hex')
    .slice(0, 16);
}
