import { extname } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { ServiceError } from '../../telemetry/service-error.ts';
import { untilAborted } from '../../resilience/time/deadline.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { WorkerThread } from '../../resilience/worker-thread.ts';
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

/** A worker thread that chunks documents, one at a time. */
export class ChunkThread {
  private readonly thread: WorkerThread;

  constructor(private readonly clock: Clock) {
    this.thread = new WorkerThread(WORKER, HEAP_MIB, clock);
  }

  /** Terminates the thread. Never rejects. */
  stop(): Promise<void> {
    return this.thread.stop();
  }

  /**
   * Chunks a document. No other one may be in work. The work ends with the signal.
   * @throws UnreadableDocumentError when it cannot be read within 15 s, 2.5 s more per million characters, and a gigabyte; the
   * signal's reason
   */
  async cut({ title, text, format }: Uncut, signal: AbortSignal): Promise<CutDocument> {
    signal.throwIfAborted();
    const worker = this.thread.use();
    const limit = new AbortController();
    const cancelLimit = this.clock.setTimer(
      () => limit.abort(new UnreadableDocumentError('takes too long to be read')),
      CUT_LIMIT_MS + (text.length / 1_000_000) * LIMIT_PER_MILLION_MS,
    );
    try {
      const answered = ask(worker, { title, text, format });
      const reply = await untilAborted(() => answered, AbortSignal.any([signal, limit.signal]));
      if ('unreadable' in reply) throw new UnreadableDocumentError(reply.unreadable);
      this.thread.rest();
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
