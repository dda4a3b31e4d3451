import { z } from 'zod';
import type { FileDocument } from './document-files.ts';
import type { IngestedDocument } from '../ingest/documents/documents.schema.ts';
import type { ServiceClient } from './service-client.ts';
import { ConnectionError, ServiceCallError } from './service-failure.ts';

/** A document that the service refused. */
export interface RefusedDocument {
  id: string;
  reason: string;
}

/** Receives the result of each document. */
export type Report = (result: IngestedDocument | RefusedDocument) => void;

/** The largest document takes over a minute on a busy machine, and may wait for others. */
const LIMITS = { limitMs: 300_000, maxTries: 5, isLong: true };
const storedSchema = z.object({
  documents: z.array(z.object({ id: z.string(), status: z.enum(['created', 'updated', 'unchanged']) })),
});
/** Tries of a part of a batch that failed as often as all of it may. Raised, a document that breaks every call takes longer. */
const PART_TRIES = 2;
/** Documents and bytes per call. Many proxies refuse bodies of more than a megabyte; raised, progress is coarser. */
const BATCH = { documents: 25, bytes: 1_000_000 };
/** What a body has beside its documents. */
const FRAME_BYTES = 20;

/** Sends documents to a running service. */
export class IngestClient {
  /** The most bytes of a batch; smaller once a proxy has refused one. */
  private maxBytes = BATCH.bytes;

  constructor(private readonly service: ServiceClient) {}

  /** Whether a further document fits into a batch. A document that is too large alone has a batch of its own. */
  hasRoom(batch: readonly FileDocument[], next: FileDocument): boolean {
    if (batch.length === 0) return true;
    return batch.length < BATCH.documents && bytesOf([...batch, next]) <= this.maxBytes;
  }

  /**
   * Sends a batch, and reports the result of each document. If the batch is refused, its halves are sent, down to the documents
   * that are refused alone; the same when it fails or breaks the connection while the service runs. If it is too large, so are
   * later ones made smaller.
   * @throws ServiceCallError when the service cannot be reached, stays unavailable, or something else answers
   */
  async send(batch: FileDocument[], report: Report, maxTries = LIMITS.maxTries): Promise<void> {
    // A half of a batch that was too large may be too large itself.
    if (batch.length > 1 && bytesOf(batch) > this.maxBytes) return this.sendHalves(batch, report, maxTries);
    const failure = await this.post(batch, maxTries).then(
      (results) => void results.forEach(report),
      toCallError,
    );
    if (!failure) return;
    const isBroken = failure.status === 500 || failure instanceof ConnectionError;
    if (isBroken ? !(await this.service.isThere()) : !isAboutDocuments(failure)) throw failure;
    const [only] = batch;
    if (only && batch.length === 1)
      return report({ id: only.id, reason: isBroken ? failure.message : explain(failure, batch) });
    if (failure.status === 413) this.maxBytes = Math.min(this.maxBytes, Math.floor(bytesOf(batch) / 2));
    await this.sendHalves(batch, report, isBroken ? PART_TRIES : maxTries);
  }

  private async sendHalves(batch: FileDocument[], report: Report, maxTries: number): Promise<void> {
    const middle = Math.ceil(batch.length / 2);
    await this.send(batch.slice(0, middle), report, maxTries);
    await this.send(batch.slice(middle), report, maxTries);
  }

  private async post(documents: FileDocument[], maxTries: number): Promise<IngestedDocument[]> {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify({ documents }) };
    const limits = { ...LIMITS, maxTries };
    const { body } = await this.service.callJson<{ documents: IngestedDocument[] }>(
      '/documents',
      init,
      limits,
      storedSchema,
    );
    if (body.documents.length === documents.length) return body.documents;
    throw this.service.foreignError();
  }
}

/** Statuses of a request that is refused for its documents, when failsoft itself says why. */
const REFUSALS = new Set([400, 413, 422]);

/** Whether smaller batches may succeed: a proxy says no more than that a body is too large. */
function isAboutDocuments({ status, reasons }: ServiceCallError): boolean {
  return status === 413 || (reasons.length > 0 && REFUSALS.has(status ?? 0));
}

function explain({ reasons, status }: ServiceCallError, batch: FileDocument[]): string {
  if (reasons.length > 0) return reasons.join('; ');
  return `too large for a proxy in front of failsoft (${bytesOf(batch)} bytes, status ${status})`;
}

function toCallError(error: unknown): ServiceCallError {
  if (error instanceof ServiceCallError) return error;
  throw error;
}

function bytesOf(documents: readonly FileDocument[]): number {
  return documents.reduce(
    (sum, document) => sum + Buffer.byteLength(JSON.stringify(document)) + 1,
    FRAME_BYTES,
  );
}
