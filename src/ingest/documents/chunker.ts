import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { waitForStop } from '../../resilience/time/stop-limit.ts';
import { ChunkWorkerPool } from './chunk-worker-pool.ts';
import { cutDocument, nextTurn, type CutDocument, type Uncut } from './document-preparation.ts';

/**
 * The longest document that is cut in the main thread, in characters. Raised, other requests wait longer: cutting takes up to
 * 20 ms per 1,000 characters of hostile text.
 */
const HERE_CHARS = 1_000;

/** Cuts documents into chunks without keeping other requests waiting. */
@Injectable()
export class Chunker implements OnApplicationShutdown {
  private readonly threads: ChunkWorkerPool;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {
    this.threads = new ChunkWorkerPool(clock);
  }

  /**
   * Cuts a document into chunks: a short document in a turn of the event loop of its own, others in a thread.
   * @throws UnreadableDocumentError, the signal's reason
   */
  async chunk(document: Uncut, signal: AbortSignal): Promise<CutDocument> {
    if (document.text.length > HERE_CHARS) return this.threads.cut(document, signal);
    await nextTurn(signal);
    return cutDocument(document);
  }

  /** Terminates the threads, after the last request has been answered. */
  async onApplicationShutdown(): Promise<void> {
    await waitForStop(this.threads.stop(), this.clock);
  }
}
