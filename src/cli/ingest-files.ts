import {
  FileFault,
  findFiles,
  readDocument,
  type DocumentFile,
  type FileDocument,
} from './document-files.ts';
import { ServiceGoneError, type IngestClient } from './ingest-client.ts';

/** The result of an ingestion. */
export interface IngestSummary {
  created: number;
  updated: number;
  unchanged: number;
  /** Documents that will be embedded in the background. */
  pending: number;
  /** One line per refused file and per unreadable folder. */
  faults: string[];
  /** Why the remaining files were not sent. */
  stopped?: string;
}

/** Receives the progress. */
export interface IngestProgress {
  start(total: number): void;
  advance(count: number): void;
}

/** Documents and characters per call. Raising them makes progress coarser; the service's limits are far higher. */
const BATCH_DOCUMENTS = 25;
const BATCH_CHARS = 1_000_000;

/** Sends the files of all paths. Bad files are reported and skipped. Stops when the service can no longer be reached. */
export async function ingestFiles(
  paths: string[],
  client: IngestClient,
  progress: IngestProgress,
): Promise<IngestSummary> {
  const summary: IngestSummary = { created: 0, updated: 0, unchanged: 0, pending: 0, faults: [] };
  const files = await collect(paths, summary);
  progress.start(files.length);
  await sendAll(files, client, progress, summary).catch((error: unknown) => {
    if (!(error instanceof ServiceGoneError)) throw error;
    summary.stopped = error.message;
  });
  return summary;
}

async function sendAll(
  files: DocumentFile[],
  client: IngestClient,
  progress: IngestProgress,
  summary: IngestSummary,
): Promise<void> {
  let batch: FileDocument[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const sent = batch;
    batch = [];
    await send(sent, client, summary);
    progress.advance(sent.length);
  };
  for (const file of files) {
    const document = await readDocument(file).catch((error: unknown) => note(error, summary));
    if (!document) {
      progress.advance(1);
      continue;
    }
    const chars = batch.reduce((sum, { text }) => sum + text.length, document.text.length);
    if (batch.length === BATCH_DOCUMENTS || chars > BATCH_CHARS) await flush();
    batch.push(document);
  }
  await flush();
}

async function collect(paths: string[], summary: IngestSummary): Promise<DocumentFile[]> {
  const files = new Map<string, DocumentFile>();
  for (const path of paths) {
    const found = await findFiles(path).catch((error: unknown) => note(error, summary));
    summary.faults.push(...(found?.faults ?? []));
    for (const file of found?.files ?? []) {
      const other = files.get(file.id);
      if (other && other.path !== file.path)
        summary.faults.push(`${file.path}: has the same name as ${other.path}; name the folder above both`);
      else files.set(file.id, file);
    }
  }
  return [...files.values()];
}

async function send(batch: FileDocument[], client: IngestClient, summary: IngestSummary): Promise<void> {
  for (const result of await client.send(batch)) {
    if ('reason' in result) {
      summary.faults.push(`${result.id}: ${result.reason}`);
      continue;
    }
    summary[result.status]++;
    if (result.embedding === 'pending') summary.pending++;
  }
}

function note(error: unknown, summary: IngestSummary): undefined {
  if (!(error instanceof FileFault)) throw error;
  summary.faults.push(error.message);
}
