import { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { createApp } from '../create-app.ts';
import { addServiceOptions, createProgressBar, runCommand } from './command.ts';
import { IngestClient } from './ingest-client.ts';
import { ingestFiles } from './ingest-files.ts';
import { ServiceClient, type ServiceOptions } from './service-client.ts';

/** Kinds that the last line names. Raised, the line grows longer. */
const MAX_KINDS = 10;

const program = addServiceOptions(new Command('ingest'))
  .description(
    'Sends Markdown, text and HTML files to failsoft, starting it for the time when it does not run.',
  )
  .argument('<path...>', 'files and folders')
  .action(ingest);

await runCommand(() => program.parseAsync());

async function ingest(paths: string[], options: ServiceOptions): Promise<void> {
  const config = loadConfig();
  const client = new IngestClient(new ServiceClient(options, config));
  // An address that was given is tried as often as every call is, and the run ends with its count.
  if (options.url !== undefined || (await client.isThere())) return send(paths, client);
  const app = await createApp({ ...config, seedDocs: false, logLevel: 'error' });
  // The process ends by the signal itself, so that an interrupted command does not exit with 0.
  app.enableShutdownHooks();
  try {
    await app.listen(0, '127.0.0.1');
    await send(paths, new IngestClient(new ServiceClient({ url: await app.getUrl() }, config)));
  } finally {
    await app.close();
  }
}

/** The exit code is 0 when every file was stored. */
async function send(paths: string[], client: IngestClient): Promise<void> {
  const bar = createProgressBar('files');
  const progress = {
    start: (total: number) => bar.start(total, 0),
    advance: (count: number) => bar.increment(count),
  };
  const summary = await ingestFiles(paths, client, progress).finally(() => bar.stop());
  for (const fault of summary.faults) process.stderr.write(`${fault}\n`);
  const { created, updated, unchanged, pending, passedOver, faults, unsent, stopped } = summary;
  if (stopped !== undefined) process.stderr.write(`${stopped}; run the same command again to continue\n`);
  process.stdout.write(
    `${created} created, ${updated} updated, ${unchanged} unchanged, ${faults.length} failed` +
      (unsent > 0 ? `, ${unsent} not sent` : '') +
      describeKinds(passedOver) +
      (pending > 0 ? `; ${pending} will be embedded in the background\n` : '\n'),
  );
  const isStored = created + updated + unchanged > 0 && faults.length === 0 && stopped === undefined;
  if (!isStored) process.exitCode = 1;
}

/** The kinds that were passed over, the most frequent first. */
function describeKinds(passedOver: Map<string, number>): string {
  if (passedOver.size === 0) return '';
  const kinds = [...passedOver].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
  const more = kinds.length > MAX_KINDS ? `, ${kinds.length - MAX_KINDS} more kinds` : '';
  return `; passed over: ${kinds.slice(0, MAX_KINDS).join(', ')}${more}`;
}
