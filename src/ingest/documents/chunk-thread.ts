import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ServiceError } from '../../telemetry/service-error.ts';
import { untilAborted } from '../../resilience/time/deadline.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import type { CutDocument, Uncut } from './document-preparation.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';

/** The worker's answer: a chunked document, or why it cannot be read. */
export type CutReply = CutDocument | { unreadable: string };

const WORKER = new URL(`./chunk-worker${extname(import.meta.url)}`, import.meta.url);
/** Memory limit of the worker. A parsed page takes many times its own size. */
const HEAP_MIB = 1_024;
/** Time limit of one document, and what each million characters adds. Raised, a hostile document occupies a thread for longer. */
const CUT_LIMIT_MS = 15_000;
const LIMIT_PER_MILLION_MS = 2_500;
/** How long an idle worker is kept. Starting one takes most of a second; keeping one takes memory. */
const IDLE_MS = 10_000;

/** A worker thread that chunks documents, one at a time. It runs only while it is needed. */
export class ChunkThread {
  private worker: Worker | undefined;
  private cancelIdle: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  /** Terminates the thread. Never rejects. */
  async stop(): Promise<void> {
    this.cancelIdle?.();
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private launch(): Worker {
    const worker = new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB } });
    // A caller who waits gets the error there. An idle worker that fails must not end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }

  /**
   * Chunks a document. No other one may be in work. The work ends with the signal.
   * @throws UnreadableDocumentError when it cannot be read within 15 s, 2.5 s more per million characters, and a gigabyte; the
   * signal's reason
   */
  async cut({ title, text, format }: Uncut, signal: AbortSignal): Promise<CutDocument> {
    signal.throwIfAborted();
    this.cancelIdle?.();
    const worker = (this.worker ??= this.launch());
    const limit = new AbortController();
    const cancelLimit = this.clock.setTimer(
      () => limit.abort(new UnreadableDocumentError('takes too long to be read')),
      CUT_LIMIT_MS + (text.length / 1_000_000) * LIMIT_PER_MILLION_MS,
    );
    try {
      const answered = ask(worker, { title, text, format });
      const reply = await untilAborted(() => answered, AbortSignal.any([signal, limit.signal]));
      if ('unreadable' in reply) throw new UnreadableDocumentError(reply.unreadable);
      this.cancelIdle = this.clock.setTimer(() => void this.stop(), IDLE_MS);
      return reply;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      cancelLimit();
    }
  }
}

function ask(worker: Worker, document: Uncut): Promise<CutReply> {
  const { promise, resolve, reject } = Promise.withResolvers<CutReply>();
  const fail = (error: NodeJS.ErrnoException) =>
    reject(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? new UnreadableDocumentError('takes too much memory to be read')
        : error,
    );
  const leave = () => reject(new ServiceError('the thread that cuts documents has ended'));
  worker.once('message', resolve).once('error', fail).once('exit', leave);
  worker.postMessage(document, []);
  return promise.finally(() => worker.off('message', resolve).off('error', fail).off('exit', leave));
}
