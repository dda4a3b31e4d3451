import type { Command } from 'commander';
import { createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImportResult } from '../../cache/cache.ts';
import { ADMIN_HELP, AdminClient } from '../admin-client.ts';
import { addJsonOption, addServiceOptions, ExitCode, type OutputOptions } from '../command.ts';
import type { ServiceOptions } from '../service-client.ts';
import { print } from '../terminal.ts';

/** A stream is sent once. */
const LIMITS = { limitMs: 120_000, maxTries: 1 };

const HELP = `${ADMIN_HELP}

What export gives is the file, one JSON object a line: nothing is printed, and
there is no --json.

Examples:
  ADMIN_TOKEN=… failsoft cache export answers.ndjson --url http://old:3000
  ADMIN_TOKEN=… failsoft cache import answers.ndjson --url http://new:3000`;

/** `failsoft cache`: carries remembered answers from one instance to another. */
export function addCache(program: Command): void {
  const cache = program
    .command('cache')
    .summary('carry remembered answers to another instance')
    .description('Carries remembered answers from one running failsoft to another.')
    .addHelpText('after', HELP);
  addServiceOptions(cache.command('export').argument('<file>', 'where the answers are written, one a line'))
    .description('Writes the answers an instance holds into a file.')
    .action(exportTo);
  addJsonOption(addServiceOptions(cache.command('import').argument('<file>', 'answers that were exported')))
    .description('Gives an instance the answers of a file. Their age counts on.')
    .action(importFrom);
}

async function exportTo(file: string, options: ServiceOptions): Promise<void> {
  const { body } = await new AdminClient(options).call('/admin/cache', {}, LIMITS);
  if (!body) throw new Error('the service sent nothing');
  // The file appears under its name only when it is complete.
  const part = `${file}.part`;
  await pipeline(Readable.fromWeb(body), createWriteStream(part, { mode: 0o600 }));
  await rename(part, file);
}

async function importFrom(file: string, options: ServiceOptions & OutputOptions): Promise<void> {
  await using answers = await open(file);
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(answers.createReadStream()),
    duplex: 'half',
  };
  const response = await new AdminClient(options).call('/admin/cache', init, LIMITS);
  const counts = (await response.json()) as Record<ImportResult, number>;
  const { taken, known, refused } = counts;
  print(options.json, counts, () => `${taken} imported, ${known} already cached, ${refused} refused`);
  if (refused > 0) process.exitCode = ExitCode.failed;
}
