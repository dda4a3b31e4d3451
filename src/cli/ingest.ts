import { Command } from 'commander';
import { loadConfig } from '../config/load-config.ts';
import { createApp } from '../create-app.ts';
import { createProgressBar, runCommand, serviceUrl, URL_OPTION } from './command.ts';
import { IngestClient } from './ingest-client.ts';
import { ingestFiles } from './ingest-files.ts';

const program = new Command('ingest')
  .description(
    'Sends Markdown, text and HTML files to failsoft, starting it for the time when it does not run.',
  )
  .argument('<path...>', 'files and folders')
  .option(...URL_OPTION)
  .action(ingest);

await runCommand(() => program.parseAsync());

async function ingest(paths: string[], { url }: { url?: string }): Promise<void> {
  const config = loadConfig();
  const client = new IngestClient(serviceUrl(url, () => config));
  if (await client.isThere()) return send(paths, client);
  if (url !== undefined) throw new Error(`no failsoft server responds at ${url}`);
  const app = await createApp({ ...config, seedDocs: false, logLevel: 'error' });
  // The process ends by the signal itself, so that an interrupted command does not exit with 0.
  app.enableShutdownHooks();
  try {
    await app.listen(0, '127.0.0.1');
    await send(paths, new IngestClient(await app.getUrl()));
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
  const { created, updated, unchanged, pending, faults, stopped } = summary;
  if (stopped !== undefined) process.stderr.write(`${stopped}; run the same command again to continue\n`);
  process.stdout.write(
    `${created} created, ${updated} updated, ${unchanged} unchanged, ${faults.length} failed` +
      (pending > 0 ? `; ${pending} will be embedded in the background\n` : '\n'),
  );
  const isStored = created + updated + unchanged > 0 && faults.length === 0 && stopped === undefined;
  if (!isStored) process.exitCode = 1;
}
