import { Command } from 'commander';
import { createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImportResult } from '../cache/cache.ts';
import { ConfigError, loadConfig } from '../config/load-config.ts';
import { describeFailure } from './describe-failure.ts';
import { serviceUrl } from './service-url.ts';

const LIMIT_MS = 120_000;

const program = new Command('cache').description(
  'Carries remembered answers from one running failsoft to another. The key is taken from ADMIN_TOKEN.',
);
const urlOption = [
  '--url <url>',
  'a running failsoft (default: where the environment says it listens)',
] as const;
program
  .command('export <file>')
  .description('writes the answers an instance holds into a file')
  .option(...urlOption)
  .action(exportTo);
program
  .command('import <file>')
  .description('gives an instance the answers of a file; their age counts on')
  .option(...urlOption)
  .action(importFrom);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  const lines = error instanceof ConfigError ? error.faults : [describeFailure(error)];
  for (const line of lines) process.stderr.write(`${line}\n`);
}

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
