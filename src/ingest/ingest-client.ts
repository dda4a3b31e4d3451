import { setTimeout as sleep } from 'node:timers/promises';
import type { FileDocument } from './document-files.ts';
import type { IngestedDocument } from './documents.service.ts';

/** A document that the service did not take. */
export interface RefusedDocument {
  id: string;
  reason: string;
}

const CALL_LIMIT_MS = 120_000;
const MAX_TRIES = 5;
const MAX_WAIT_SECONDS = 60;

/** Sends documents to a running service. */
export class IngestClient {
  constructor(private readonly url: string) {}

  /** Whether a service answers there. */
  async isThere(): Promise<boolean> {
    const signal = AbortSignal.timeout(2_000);
    return fetch(`${this.url}/health/live`, { signal }).then(
      (response) => response.ok,
      () => false,
    );
  }

  /**
   * Sends a batch. A document that is refused is left out and the rest sent again, one by one.
   * @throws Error when the service cannot be reached, or stays unavailable
   */
  async send(batch: FileDocument[]): Promise<(IngestedDocument | RefusedDocument)[]> {
    const response = await this.post(batch);
    const body = (await response.json()) as {
      documents?: IngestedDocument[];
      message?: string;
      details?: { path: string; message: string }[];
    };
    if (response.ok && body.documents) return body.documents;
    if (response.status >= 500) throw new Error(`the service answered ${response.status}: ${body.message}`);
    const [only] = batch;
    if (batch.length === 1 && only) {
      const details = body.details?.map((detail) => detail.message).join('; ');
      return [{ id: only.id, reason: details ?? body.message ?? `status ${response.status}` }];
    }
    const results: (IngestedDocument | RefusedDocument)[] = [];
    for (const document of batch) results.push(...(await this.send([document])));
    return results;
  }

  /** Waits and tries again while the service says that it is unavailable. */
  private async post(documents: FileDocument[]): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${this.url}/documents`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ documents }),
        signal: AbortSignal.timeout(CALL_LIMIT_MS),
      });
      if (response.status !== 503 || attempt === MAX_TRIES) return response;
      await response.body?.cancel();
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      await sleep(Math.min(seconds || 1, MAX_WAIT_SECONDS) * 1_000);
    }
  }
}
