import { Command } from 'commander';
import { createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImportResult } from '../cache/cache.ts';
import { loadConfig } from '../config/load-config.ts';
import { addServiceOptions, runCommand } from './command.ts';
import { ServiceClient, type ServiceOptions } from './service-client.ts';

/** A stream is sent once. */
const LIMITS = { limitMs: 120_000, maxTries: 1 };

const program = new Command('cache').description(
  'Carries remembered answers from one running failsoft to another. The key is taken from ADMIN_TOKEN.',
);
addServiceOptions(program.command('export <file>'))
  .description('writes the answers an instance holds into a file')
  .action(exportTo);
addServiceOptions(program.command('import <file>'))
  .description('gives an instance the answers of a file; their age counts on')
  .action(importFrom);

await runCommand(() => program.parseAsync());

async function exportTo(file: string, options: ServiceOptions): Promise<void> {
  const { body } = await call(options, { method: 'GET' });
  if (!body) throw new Error('the service sent nothing');
  // The file appears under its name only when it is complete.
  const part = `${file}.part`;
  await pipeline(Readable.fromWeb(body), createWriteStream(part, { mode: 0o600 }));
  await rename(part, file);
}

async function importFrom(file: string, options: ServiceOptions): Promise<void> {
  await using answers = await open(file);
  const response = await call(options, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(answers.createReadStream()),
    duplex: 'half',
  });
  const { taken, known, refused } = (await response.json()) as Record<ImportResult, number>;
  process.stdout.write(`${taken} imported, ${known} already cached, ${refused} refused\n`);
  if (refused > 0) process.exitCode = 1;
}

async function call(options: ServiceOptions, init: RequestInit): Promise<Response> {
  const config = loadConfig();
  if (config.admin.token === undefined) throw new Error('ADMIN_TOKEN is not set');
  const headers = { ...init.headers, authorization: `Bearer ${config.admin.token}` };
  return new ServiceClient(options, config).call('/admin/cache', { ...init, headers }, LIMITS);
}
