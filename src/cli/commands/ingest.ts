import type { Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import {
  addJsonOption,
  addServiceOptions,
  createProgressBar,
  ExitCode,
  type OutputOptions,
} from '../command.ts';
import { IngestClient } from '../ingest-client.ts';
import { ingestFiles } from '../ingest-files.ts';
import { ServiceClient, type ServiceOptions } from '../service-client.ts';
import { print, writeError } from '../terminal.ts';

/** Kinds that the last line names. Raised, the line grows longer. */
const MAX_KINDS = 10;

const HELP = `
The exit code is 0 when every file was stored.

Examples:
  failsoft ingest ./handbook
  failsoft ingest ./handbook faq.html --url https://rag.example.com`;

/** `failsoft ingest`: sends files as documents. */
export function addIngest(program: Command): void {
  const command = program
    .command('ingest')
    .summary('send Markdown, text and HTML files')
    .description(
      'Sends Markdown, text and HTML files to failsoft, starting it for the time when it does not run.',
    )
    .argument('<path...>', 'files and folders');
  addJsonOption(addServiceOptions(command)).addHelpText('after', HELP).action(ingest);
}

async function ingest(paths: string[], options: ServiceOptions & OutputOptions): Promise<void> {
  const config = loadConfig();
  const service = new ServiceClient(options, config);
  const client = new IngestClient(service);
  // An address that was given is tried as often as every call is, and the run ends with its count.
  if (options.url !== undefined || (await service.isThere())) return send(paths, client, options);
  const { createApp } = await import('../../create-app.ts');
  const app = await createApp({ ...config, seedDocs: false, logLevel: 'error' });
  // The process ends by the signal itself, so that an interrupted command does not exit with 0.
  app.enableShutdownHooks();
  try {
    await app.listen(0, '127.0.0.1');
    await send(paths, new IngestClient(new ServiceClient({ url: await app.getUrl() }, config)), options);
  } finally {
    await app.close();
  }
}

async function send(paths: string[], client: IngestClient, { json }: OutputOptions): Promise<void> {
  const bar = createProgressBar('files');
  const progress = {
    start: (total: number) => bar.start(total, 0),
    advance: (count: number) => bar.increment(count),
  };
  const summary = await ingestFiles(paths, client, progress).finally(() => bar.stop());
  for (const fault of summary.faults) writeError(fault);
  const { created, updated, unchanged, pending, passedOver, faults, unsent, stopped } = summary;
  if (stopped !== undefined) writeError(`${stopped}; run the same command again to continue`);
  const counts = { created, updated, unchanged, failed: faults.length, not_sent: unsent, pending };
  print(
    json,
    { ...counts, passed_over: Object.fromEntries(passedOver) },
    () =>
      `${created} created, ${updated} updated, ${unchanged} unchanged, ${faults.length} failed` +
      (unsent > 0 ? `, ${unsent} not sent` : '') +
      describeKinds(passedOver) +
      (pending > 0 ? `; ${pending} will be embedded in the background` : ''),
  );
  const isStored = created + updated + unchanged > 0 && faults.length === 0 && stopped === undefined;
  if (!isStored) process.exitCode = ExitCode.failed;
}

/** The kinds that were passed over, the most frequent first. */
function describeKinds(passedOver: Map<string, number>): string {
  if (passedOver.size === 0) return '';
  const kinds = [...passedOver].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
  const more = kinds.length > MAX_KINDS ? `, ${kinds.length - MAX_KINDS} more kinds` : '';
  return `; passed over: ${kinds.slice(0, MAX_KINDS).join(', ')}${more}`;
}
