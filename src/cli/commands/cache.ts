import type { Command } from 'commander';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { ImportResult } from '../../cache/cache.ts';
import { ADMIN_HELP, AdminClient } from '../admin-client.ts';
import { addJsonOption, addServiceOptions, ExitCode, type OutputOptions } from '../command.ts';
import { FileFault, toFault } from '../document-files.ts';
import type { ServiceOptions } from '../service-client.ts';
import { ServiceCallError } from '../service-failure.ts';
import { print } from '../terminal.ts';

/** A stream is sent once. */
const LIMITS = { limitMs: 120_000, maxTries: 1 };
/** The service answers an import when it has the last line. */
const IMPORT_LIMITS = { ...LIMITS, isLong: true };
const NDJSON = 'application/x-ndjson';
const countsSchema = z.object({ taken: z.number(), known: z.number(), refused: z.number() } satisfies Record<
  ImportResult,
  z.ZodType
>);

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
  await new AdminClient(options).call('/admin/cache', {}, LIMITS, async ({ headers, pieces }, service) => {
    if (headers.get('content-type')?.startsWith(NDJSON) !== true) throw service.foreignError();
    // The file appears under its name only when it is complete.
    const part = `${file}.part`;
    try {
      await pipeline(pieces, createWriteStream(part, { mode: 0o600 }));
      await rename(part, file);
    } catch (error) {
      await rm(part, { force: true });
      throw error instanceof ServiceCallError ? error : toFault(file, error, 'written');
    }
  });
}

async function importFrom(file: string, options: ServiceOptions & OutputOptions): Promise<void> {
  await using answers = await open(file).catch((error: unknown) => {
    throw toFault(file, error);
  });
  if ((await answers.stat()).isDirectory()) throw new FileFault(`${file}: is a folder`);
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': NDJSON },
    body: Readable.toWeb(answers.createReadStream()),
    duplex: 'half',
  };
  const counts = await new AdminClient(options).callJson<z.infer<typeof countsSchema>>(
    '/admin/cache',
    init,
    countsSchema,
    IMPORT_LIMITS,
  );
  const { taken, known, refused } = counts;
  print(options.json, counts, () => `${taken} imported, ${known} already cached, ${refused} refused`);
  if (refused > 0) process.exitCode = ExitCode.failed;
}
