import type { Command } from 'commander';
import { z } from 'zod';
import { loadConfig } from '../../config/load-config.ts';
import type { DocumentsService } from '../../ingest/documents/documents.service.ts';
import { addJsonOption, addServiceOptions, ExitCode, wholeNumber, type OutputOptions } from '../command.ts';
import { ServiceClient, type ServiceOptions } from '../service-client.ts';
import { ServiceCallError } from '../service-failure.ts';
import { formatTable, print, printable, toJson, writeError, writeOutput } from '../terminal.ts';

interface Options extends ServiceOptions, OutputOptions {}
interface ListOptions extends Options {
  limit: number;
  search?: string;
}

type Page = Awaited<ReturnType<DocumentsService['list']>>;
type Document = Awaited<ReturnType<DocumentsService['get']>>;

const LIMITS = { limitMs: 60_000, maxTries: 1 };
/** The service deletes a long document in parts. */
const DELETE_LIMITS = { limitMs: 300_000, maxTries: 1, results: [204], isLong: true };
const pageSchema = z.object({
  documents: z.array(
    z.object({ id: z.string(), chunks: z.number(), embedding: z.string(), updated_at: z.string() }),
  ),
  next: z.string().nullable(),
});
const PAGE = 100;
const COLUMNS = ['ID', 'TITLE', 'CHUNKS', 'EMBEDDING', 'UPDATED'];

const HELP = `
Examples:
  failsoft documents list
  failsoft documents list --json | jq -r 'select(.embedding == "pending").id'
  failsoft documents show handbook/fuses.md
  failsoft documents delete handbook/fuses.md handbook/pumps.md`;

/** `failsoft documents`: lists, shows and deletes the documents of a running service. */
export function addDocuments(program: Command): void {
  const documents = program
    .command('documents')
    .summary('list, show and delete documents')
    .description('Lists, shows and deletes the documents of a running failsoft.')
    .addHelpText('after', HELP);
  addJsonOption(addServiceOptions(documents.command('list')), 'print one document a line, as JSON')
    .description('Lists the documents by id.')
    .option('--search <text>', 'only documents whose id and title have these words')
    .option('--limit <number>', 'how many at most (default: all)', wholeNumber(1, 1_000_000_000), Infinity)
    .action(list);
  addJsonOption(addServiceOptions(documents.command('show').argument('<id>', 'the document')))
    .description('Shows a document with its text.')
    .action(show);
  addJsonOption(addServiceOptions(documents.command('delete').argument('<id...>', 'the documents')))
    .description('Deletes documents with everything that was made from them.')
    .action(remove);
}

async function list({ json, limit, search, ...options }: ListOptions): Promise<void> {
  const service = new ServiceClient(options, loadConfig());
  let next: string | null = null;
  let left = limit;
  do {
    const query = {
      limit: String(Math.min(left, PAGE)),
      ...(search && { search }),
      ...(next && { cursor: next }),
    };
    const page = await readPage(service, query);
    if (json) for (const document of page.documents) writeOutput(toJson(document));
    else writeOutput(toTable(page, next === null ? COLUMNS : []));
    left -= PAGE;
    next = page.next;
  } while (next !== null && left > 0);
}

async function readPage(service: ServiceClient, query: Record<string, string>): Promise<Page> {
  const path = `/documents?${new URLSearchParams(query)}`;
  return (await service.callJson<Page>(path, {}, LIMITS, pageSchema)).body;
}

function toTable({ documents }: Page, head: string[]): string {
  const rows = documents.map(({ id, title, chunks, embedding, updated_at: updated }) => [
    id,
    title ?? '',
    String(chunks),
    embedding,
    updated.slice(0, 19).replace('T', ' '),
  ]);
  return formatTable(head, rows);
}

async function show(id: string, { json, ...options }: Options): Promise<void> {
  const service = new ServiceClient(options, loadConfig());
  const { body } = await service.callJson<Document>(pathOf(id), {}, LIMITS, z.object({ text: z.string() }));
  const { text, ...fields } = body;
  const shown = Object.entries(fields).filter(([, value]) => value !== null);
  const rows = shown.map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  print(json, body, () => `${formatTable([], rows)}\n\n${printable(text)}`);
}

async function remove(ids: string[], { json, ...options }: Options): Promise<void> {
  const service = new ServiceClient(options, loadConfig());
  const deleted: string[] = [];
  const missing: string[] = [];
  for (const id of ids) {
    const isDeleted = await service
      .call(pathOf(id), { method: 'DELETE' }, DELETE_LIMITS, ({ status }) => {
        if (status === 204) return Promise.resolve(true);
        throw service.foreignError();
      })
      .catch((error: unknown) => {
        // Something else may answer 404 for a wrong address.
        if (error instanceof ServiceCallError && error.errorCode === 'not_found') return false;
        throw error;
      });
    (isDeleted ? deleted : missing).push(id);
    if (!json && isDeleted) writeOutput(`deleted ${id}`);
  }
  if (json) writeOutput(toJson({ deleted, missing }));
  if (missing.length === 0) return;
  process.exitCode = ExitCode.failed;
  for (const id of missing) writeError(`${id}: there is no such document`);
}

/** The id stands in the query: many proxies decode a slash in the path. */
function pathOf(id: string): string {
  return `/documents?${new URLSearchParams({ id })}`;
}
