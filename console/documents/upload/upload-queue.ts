import { signal } from '@preact/signals';
import { ApiError } from '../../shared/api.ts';
import { announce } from '../../shared/status.ts';
import { isAlive, postDocuments, type StoredDocument } from '../documents-api.ts';
import { EmbeddingWatch } from '../embedding-watch.ts';
import { ReadFault, type NewDocument } from './read-document.ts';
import { explainRefusal, isAboutDocuments, isBreak, isTemporary } from './send-failures.ts';
import { isUnsent, type StoredState, type Upload, type UploadState } from './upload.ts';
import { countOf } from '../wording.ts';

/** What the page shows. */
export interface UploadsView {
  uploads: readonly Upload[];
  /** Why nothing is sent for now; the queue goes on by itself. */
  hold: string | undefined;
  /** Why stored documents are not embedded for now; that goes on by itself too. */
  embeddingReason: string | undefined;
}

/** Documents and bytes of a call. Many proxies refuse bodies of more than a megabyte; raised, progress is coarser. */
const BATCH = { documents: 25, bytes: 1_000_000 };
/** Calls at a time. Raised, other users of the service wait longer. */
const SENDERS = 2;
/** The longest pause before the service is tried again, in seconds. */
const MAX_PAUSE_SECONDS = 30;
/** How often a batch may break a call while the service runs. Raised, a document that always does takes longer. */
const MAX_BREAKS = 3;
/** Changes within this time are shown together: thousands of files change thousands of times. */
const SHOW_MS = 50;

/** Reads documents one after another and sends them in batches, also while other pages of the console are shown. */
class UploadQueue {
  readonly view = signal<UploadsView>({ uploads: [], hold: undefined, embeddingReason: undefined });
  /** Counts the answers that changed what the service has. */
  readonly changes = signal(0);
  private uploads: Upload[] = [];
  private hold: string | undefined;
  private readonly watch = new EmbeddingWatch(() => this.show());
  private cancellation = new AbortController();
  private senders = 0;
  private taking: Promise<unknown> = Promise.resolve();
  private readonly idsInFlight = new Set<string>();
  private maxBytes = BATCH.bytes;
  private pauses = 0;
  /** What ends the pauses of the senders. */
  private readonly pausing = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private nextKey = 0;

  add(documents: Omit<Upload, 'key' | 'state'>[]): void {
    const added = documents.map((given) => ({
      ...given,
      key: this.nextKey++,
      state: { kind: 'queued' as const },
    }));
    this.uploads = [...this.uploads, ...added];
    this.start();
  }

  /** Reads and sends an upload once more. */
  retry(upload: Upload): void {
    upload.state = { kind: 'queued' };
    this.start();
  }

  /** Ends everything that is not stored yet. */
  cancel(): void {
    this.cancellation.abort();
    this.cancellation = new AbortController();
    for (const upload of this.uploads.filter(isUnsent))
      upload.state = { kind: 'cancelled', mayBeStored: upload.state.kind === 'sending' };
    this.hold = undefined;
    this.tryNow();
    this.changes.value++;
    this.show();
  }

  /** Takes what is done off the page. */
  clear(): void {
    this.uploads = this.uploads.filter(isUnsent);
    this.watch.keep(new Set(this.uploads));
    this.show();
  }

  /** Ends the pause during an outage. */
  tryNow(): void {
    for (const endPause of this.pausing) endPause();
  }

  private start(): void {
    this.show();
    for (; this.senders < SENDERS; this.senders++) void this.send(this.cancellation.signal);
  }

  private async send(cancelled: AbortSignal): Promise<void> {
    for (;;) {
      // One sender reads while the other sends.
      const taken = this.taking.then(() => this.takeBatch(cancelled));
      this.taking = taken;
      const batch = await taken;
      if (batch.length === 0) break;
      await this.deliver(batch, cancelled);
      for (const { upload } of batch) this.idsInFlight.delete(upload.id ?? '');
    }
    this.senders--;
    // What was added or set free since this sender looked for work.
    if (this.uploads.some(({ state }) => state.kind === 'queued') && this.senders === 0) this.start();
    if (this.senders === 0) this.announceEnd();
  }

  /** The next documents, read. An id is in one call at a time, so that the latest version is stored last. */
  private async takeBatch(cancelled: AbortSignal): Promise<Taken[]> {
    const batch: Taken[] = [];
    let bytes = 0;
    for (const upload of this.uploads) {
      if (cancelled.aborted || batch.length >= BATCH.documents || bytes >= this.maxBytes) break;
      if (upload.state.kind !== 'queued' || this.idsInFlight.has(upload.id ?? '')) continue;
      if (batch.length > 0 && bytes + upload.bytes > this.maxBytes) break;
      this.setState([{ upload }], { kind: 'reading' });
      const document = await upload.read().catch((error: unknown) => {
        const reason = error instanceof ReadFault ? error.message : 'The file cannot be read.';
        if (!cancelled.aborted) this.setState([{ upload }], { kind: 'failed', reason });
      });
      if (!document || cancelled.aborted) continue;
      if (upload.id !== undefined) this.idsInFlight.add(upload.id);
      batch.push({ upload, document });
      bytes += document.text.length;
    }
    return batch;
  }

  /**
   * Sends a batch until it is stored or refused. A batch that is refused, or that breaks every call while the service runs, is
   * sent in halves, down to the document that is at fault.
   */
  private async deliver(batch: Taken[], cancelled: AbortSignal): Promise<void> {
    let breaks = 0;
    for (;;) {
      if (cancelled.aborted) return;
      this.setState(batch, { kind: 'sending' });
      try {
        const results = await postDocuments(
          batch.map(({ document }) => document),
          cancelled,
        );
        this.pauses = 0;
        this.hold = undefined;
        for (const [index, { upload }] of batch.entries()) this.note(upload, results[index]);
        this.changes.value++;
        return this.show();
      } catch (error) {
        if (cancelled.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError(String(error), 0, '', undefined);
        if (isBreak(failure) && (await isAlive())) breaks++;
        if (cancelled.aborted) return;
        if (isTemporary(failure) && breaks < MAX_BREAKS) {
          this.setState(batch, { kind: 'waiting' });
          await this.pause(failure);
          // The service is back, though storing may take its time.
          if (failure.status === 0 && (await isAlive())) this.hold = undefined;
          continue;
        }
        this.hold = undefined;
        if (batch.length > 1 && (breaks > 0 || isAboutDocuments(failure))) {
          const middle = Math.ceil(batch.length / 2);
          if (failure.status === 413) this.maxBytes = Math.max(1, Math.floor(this.maxBytes / 2));
          await this.deliver(batch.slice(0, middle), cancelled);
          return this.deliver(batch.slice(middle), cancelled);
        }
        return this.setState(batch, { kind: 'failed', reason: explainRefusal(failure) });
      }
    }
  }

  private note(upload: Upload, result: StoredDocument | undefined): void {
    if (!result) return;
    const { id, status, chunks, embedding } = result;
    const embedded = embedding === 'ready' ? chunks : undefined;
    const state: StoredState = { kind: 'stored', id, status, chunks, embedded, refused: undefined };
    upload.state = state;
    if (embedding === 'pending') this.watch.add(upload, state);
  }

  /** Waits before the next try, for as long as the service asks or a little longer each time. */
  private async pause({ message, retryAfterSeconds = 0 }: ApiError): Promise<void> {
    const seconds = Math.max(retryAfterSeconds, Math.min(2 ** this.pauses++, MAX_PAUSE_SECONDS));
    this.hold = message;
    this.show();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, seconds * 1_000);
    this.pausing.add(resolve);
    await promise;
    this.pausing.delete(resolve);
    clearTimeout(timer);
  }

  private setState(batch: { upload: Upload }[], state: UploadState): void {
    for (const { upload } of batch) upload.state = state;
    this.show();
  }

  private show(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.view.value = { uploads: this.uploads, hold: this.hold, embeddingReason: this.watch.reason };
    }, SHOW_MS);
  }

  private announceEnd(): void {
    const count = (kind: string) => this.uploads.filter(({ state }) => state.kind === kind).length;
    const failed = count('failed');
    const stored = `${countOf(count('stored'), 'document')} stored`;
    announce(failed > 0 ? `${stored}, ${countOf(failed, 'file')} could not be added.` : `${stored}.`);
  }
}

/** An upload that was read. */
interface Taken {
  upload: Upload;
  document: NewDocument;
}

/** The queue of this tab. */
export const uploadQueue = new UploadQueue();

// Leaving the tab would lose what was not sent; the service goes on with everything else.
addEventListener('beforeunload', (event) => {
  if (uploadQueue.view.value.uploads.some(isUnsent)) event.preventDefault();
});
