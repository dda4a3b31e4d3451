import { untilAborted } from '../../resilience/time/deadline.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { ChunkThread } from './chunk-thread.ts';
import type { CutDocument, Uncut } from './document-preparation.ts';

/**
 * The longest document, in characters, that each thread takes. Short documents have a thread of their own. A thread more uses
 * another processor and, for hostile documents, up to a gigabyte.
 */
const THREADS = [20_000, Infinity, Infinity];

interface Job {
  document: Uncut;
  signal: AbortSignal;
  run: (thread: ChunkThread) => Promise<void>;
}

/** Threads that chunk documents, the shortest first. */
export class ChunkWorkerPool {
  private readonly free: { thread: ChunkThread; maxChars: number }[];
  private readonly threads: ChunkThread[];
  private waiting: Job[] = [];

  constructor(clock: Clock) {
    this.free = THREADS.map((maxChars) => ({ thread: new ChunkThread(clock), maxChars }));
    this.threads = this.free.map(({ thread }) => thread);
  }

  /**
   * Chunks a document in the next thread that is free. The work ends with the signal.
   * @throws UnreadableDocumentError; the signal's reason
   */
  cut(document: Uncut, signal: AbortSignal): Promise<CutDocument> {
    const { promise, resolve, reject } = Promise.withResolvers<CutDocument>();
    const run = (thread: ChunkThread) => thread.cut(document, signal).then(resolve, reject);
    this.waiting.push({ document, signal, run });
    this.startJobs();
    return untilAborted(() => promise, signal);
  }

  /** Terminates the threads. Never rejects. */
  async stop(): Promise<void> {
    this.waiting = [];
    await Promise.all(this.threads.map((thread) => thread.stop()));
  }

  private startJobs(): void {
    this.waiting = this.waiting.filter(({ signal }) => !signal.aborted);
    for (const slot of this.free.slice()) {
      const job = this.shortest();
      if (!job || job.document.text.length > slot.maxChars) continue;
      this.waiting.splice(this.waiting.indexOf(job), 1);
      this.free.splice(this.free.indexOf(slot), 1);
      void job.run(slot.thread).finally(() => {
        this.free.push(slot);
        this.free.sort((a, b) => a.maxChars - b.maxChars);
        this.startJobs();
      });
    }
  }

  /** The first of the shortest documents that wait. */
  private shortest(): Job | undefined {
    return this.waiting.reduce<Job | undefined>(
      (best, job) => (best && best.document.text.length <= job.document.text.length ? best : job),
      undefined,
    );
  }
}
