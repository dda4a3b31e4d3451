import { sleep, systemClock, type Clock } from '../resilience/time/clock.ts';
import type { FileDocument } from './document-files.ts';
import type { IngestedDocument } from '../ingest/documents/documents.service.ts';

/** A document that the service refused. */
export interface RefusedDocument {
  id: string;
  reason: string;
}

/** Limit of one call. The largest document takes over a minute on a busy machine, and may wait for others. */
const CALL_LIMIT_MS = 300_000;
const MAX_TRIES = 5;
/** Pause before a retry. A service that restarts is back after some seconds. */
const WAIT_SECONDS = 2;
const MAX_WAIT_SECONDS = 60;

/** The service can no longer be reached; `message` says why. */
export class ServiceGoneError extends Error {}

/** Sends documents to a running service. */
export class IngestClient {
  constructor(
    private readonly url: string,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Whether a service responds at the URL. */
  async isThere(): Promise<boolean> {
    const signal = AbortSignal.timeout(2_000);
    return fetch(`${this.url}/health/live`, { signal }).then(
      (response) => response.ok,
      () => false,
    );
  }

  /**
   * Sends a batch. If the batch is refused, its documents are sent one by one, and refused documents are skipped.
   * @throws ServiceGoneError when the service cannot be reached, or stays unavailable
   */
  async send(batch: FileDocument[]): Promise<(IngestedDocument | RefusedDocument)[]> {
    const response = await this.post(batch);
    const body = (await response.json()) as {
      documents?: IngestedDocument[];
      message?: string;
      details?: { path: string; message: string }[];
    };
    if (response.ok && body.documents) return body.documents;
    if (response.status >= 500)
      throw new ServiceGoneError(`the service answered ${response.status}: ${body.message}`);
    const [only] = batch;
    if (batch.length === 1 && only) {
      const details = body.details?.map((detail) => detail.message).join('; ');
      return [{ id: only.id, reason: details ?? body.message ?? `status ${response.status}` }];
    }
    const results: (IngestedDocument | RefusedDocument)[] = [];
    for (const document of batch) results.push(...(await this.send([document])));
    return results;
  }

  /** Waits and retries while the service is unavailable or not reachable. */
  private async post(documents: FileDocument[]): Promise<Response> {
    const body = JSON.stringify({ documents });
    for (let attempt = 1; ; attempt++) {
      const response = await this.call(body).catch((error: unknown) => toServiceGone(this.url, error));
      const isGone = response instanceof ServiceGoneError;
      if (!isGone && response.status !== 503) return response;
      if (attempt === MAX_TRIES) {
        if (isGone) throw response;
        return response;
      }
      const asked = isGone ? 0 : Number(response.headers.get('retry-after'));
      if (!isGone) await response.body?.cancel();
      await sleep(this.clock, Math.min(asked || WAIT_SECONDS, MAX_WAIT_SECONDS) * 1_000);
    }
  }

  private call(body: string): Promise<Response> {
    return fetch(`${this.url}/documents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    });
  }
}

/** Why there was no response. @throws ServiceGoneError for a timeout, which is not retried */
function toServiceGone(url: string, error: unknown): ServiceGoneError {
  const { name, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  if (name === 'TimeoutError')
    throw new ServiceGoneError(`the service at ${url} took more than ${CALL_LIMIT_MS / 1_000} s`);
  return new ServiceGoneError(`the service at ${url} cannot be reached (${cause?.code ?? name})`);
}
