import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { ConfigError, loadConfig } from '../config/load-config.ts';
import { describeFailure } from './describe-failure.ts';
import { serviceUrl } from './service-url.ts';
import { createApp } from '../create-app.ts';
import { IngestClient } from './ingest-client.ts';
import { ingestFiles } from './ingest-files.ts';

const program = new Command('ingest')
  .description(
    'Sends Markdown, text and HTML files to failsoft, starting it for the time when it does not run.',
  )
  .argument('<path...>', 'files and folders')
  .option('--url <url>', 'a running failsoft (default: where the environment says it listens)')
  .parse();

try {
  process.exitCode = await run(program.args, program.opts<{ url?: string }>().url);
} catch (error) {
  process.exitCode = 1;
  const lines = error instanceof ConfigError ? error.faults : [describeFailure(error)];
  for (const line of lines) process.stderr.write(`${line}\n`);
}

/** @returns the exit code: 0 when every file was stored */
async function run(paths: string[], url: string | undefined): Promise<number> {
  const config = loadConfig();
  const client = new IngestClient(serviceUrl(url, () => config));
  if (await client.isThere()) return send(paths, client);
  if (url !== undefined) throw new Error(`no failsoft server responds at ${url}`);
  const app = await createApp({ ...config, seedDocs: false, logLevel: 'error' });
  // The process ends by the signal itself, so that an interrupted command does not exit with 0.
  app.enableShutdownHooks();
  try {
    await app.listen(0, '127.0.0.1');
    return await send(paths, new IngestClient(await app.getUrl()));
  } finally {
    await app.close();
  }
}

async function send(paths: string[], client: IngestClient): Promise<number> {
  const bar = new SingleBar({
    format: '{bar} {value}/{total} files, {eta_formatted} left',
    clearOnComplete: true,
  });
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
  return stopped !== undefined || faults.length > 0 || created + updated + unchanged === 0 ? 1 : 0;
}
