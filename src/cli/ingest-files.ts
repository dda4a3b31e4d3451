import {
  FileFault,
  findFiles,
  readDocument,
  type DocumentFile,
  type FileDocument,
} from './document-files.ts';
import type { IngestClient, Report } from './ingest-client.ts';

/** The result of an ingestion. */
export interface IngestSummary {
  created: number;
  updated: number;
  unchanged: number;
  /** Documents that will be embedded in the background. */
  pending: number;
  /** Files and folders that were passed over, by kind. */
  passedOver: Map<string, number>;
  /** One line per refused file and per unreadable folder. */
  faults: string[];
  /** Files that were not sent, or whose result is not known. */
  unsent: number;
  /** Why they were not. */
  stopped?: string;
}

/** Receives the progress. */
export interface IngestProgress {
  start(total: number): void;
  advance(count: number): void;
}

/**
 * Sends the files of all paths. Bad files are reported and skipped. Stops when the service
 * can no longer be reached; what was done until then is in the summary. Never rejects.
 */
export async function ingestFiles(
  paths: string[],
  client: IngestClient,
  progress: IngestProgress,
): Promise<IngestSummary> {
  const summary: IngestSummary = {
    created: 0,
    updated: 0,
    unchanged: 0,
    pending: 0,
    passedOver: new Map(),
    unsent: 0,
    faults: [],
  };
  try {
    const files = await collect(paths, summary);
    summary.unsent = files.length;
    progress.start(files.length);
    await sendAll(files, client, summary, () => {
      summary.unsent--;
      progress.advance(1);
    });
  } catch (error) {
    summary.stopped = error instanceof Error ? error.message : 'failed';
  }
  return summary;
}

async function sendAll(
  files: DocumentFile[],
  client: IngestClient,
  summary: IngestSummary,
  advance: () => void,
): Promise<void> {
  const record: Report = (result) => {
    advance();
    if ('reason' in result) return void summary.faults.push(`${result.id}: ${result.reason}`);
    summary[result.status]++;
    if (result.embedding === 'pending') summary.pending++;
  };
  let batch: FileDocument[] = [];
  for (const file of files) {
    const document = await readDocument(file).catch((error: unknown) => note(error, summary));
    if (!document) {
      advance();
      continue;
    }
    if (!client.hasRoom(batch, document)) {
      await client.send(batch, record);
      batch = [];
    }
    batch.push(document);
  }
  if (batch.length > 0) await client.send(batch, record);
}

async function collect(paths: string[], summary: IngestSummary): Promise<DocumentFile[]> {
  const files = new Map<string, DocumentFile>();
  for (const path of paths) {
    const found = await findFiles(path).catch((error: unknown) => note(error, summary));
    summary.faults.push(...(found?.faults ?? []));
    for (const [kind, count] of found?.passedOver ?? [])
      summary.passedOver.set(kind, (summary.passedOver.get(kind) ?? 0) + count);
    for (const file of found?.files ?? []) {
      const other = files.get(file.id);
      if (other && other.path !== file.path)
        summary.faults.push(`${file.path}: has the same name as ${other.path}; name the folder above both`);
      else files.set(file.id, file);
    }
  }
  return [...files.values()];
}

function note(error: unknown, summary: IngestSummary): undefined {
  if (!(error instanceof FileFault)) throw error;
  summary.faults.push(error.message);
}
