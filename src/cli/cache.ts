import { Command } from 'commander';
import { createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImportResult } from '../cache/cache.ts';
import { loadConfig } from '../config/load-config.ts';
import { runCommand, serviceUrl, URL_OPTION } from './command.ts';

const LIMIT_MS = 120_000;

const program = new Command('cache').description(
  'Carries remembered answers from one running failsoft to another. The key is taken from ADMIN_TOKEN.',
);
program
  .command('export <file>')
  .description('writes the answers an instance holds into a file')
  .option(...URL_OPTION)
  .action(exportTo);
program
  .command('import <file>')
  .description('gives an instance the answers of a file; their age counts on')
  .option(...URL_OPTION)
  .action(importFrom);

await runCommand(() => program.parseAsync());

async function exportTo(file: string, { url }: { url?: string }): Promise<void> {
  const { body } = await call(url, { method: 'GET' });
  if (!body) throw new Error('the service sent nothing');
  // The file appears under its name only when it is complete.
  const part = `${file}.part`;
  await pipeline(Readable.fromWeb(body), createWriteStream(part, { mode: 0o600 }));
  await rename(part, file);
}

async function importFrom(file: string, { url }: { url?: string }): Promise<void> {
  await using answers = await open(file);
  const response = await call(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(answers.createReadStream()),
    duplex: 'half',
  });
  const { taken, known, refused } = (await response.json()) as Record<ImportResult, number>;
  process.stdout.write(`${taken} imported, ${known} already cached, ${refused} refused\n`);
  if (refused > 0) process.exitCode = 1;
}

async function call(url: string | undefined, init: RequestInit): Promise<Response> {
  const config = loadConfig();
  if (config.admin.token === undefined) throw new Error('ADMIN_TOKEN is not set');
  const response = await fetch(`${serviceUrl(url, () => config)}/admin/cache`, {
    ...init,
    headers: { ...init.headers, authorization: `Bearer ${config.admin.token}` },
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new Error(`the service answered ${response.status}`);
}
