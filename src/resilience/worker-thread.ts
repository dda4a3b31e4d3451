import { Worker } from 'node:worker_threads';
import type { Clock } from './time/clock.ts';

/** How long an idle thread is kept. Starting one takes up to a second; keeping one takes memory. */
const IDLE_MS = 10_000;

/** A worker thread that runs only while it is needed. */
export class WorkerThread {
  private worker: Worker | undefined;
  private cancelIdle: (() => void) | undefined;

  /** @param heapMib the thread's memory limit; a thread that exceeds it ends with the error ERR_WORKER_OUT_OF_MEMORY */
  constructor(
    private readonly script: URL,
    private readonly heapMib: number,
    private readonly clock: Clock,
  ) {}

  /** The thread, started unless it runs. Work with it must be followed by `rest` or `stop`. */
  use(): Worker {
    this.cancelIdle?.();
    return (this.worker ??= this.start());
  }

  /** Lets the thread end unless it is used again soon. */
  rest(): void {
    this.cancelIdle?.();
    if (this.worker) this.cancelIdle = this.clock.setTimer(() => void this.stop(), IDLE_MS);
  }

  /** Terminates the thread. Never rejects. */
  async stop(): Promise<void> {
    this.cancelIdle?.();
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.script, { resourceLimits: { maxOldGenerationSizeMb: this.heapMib } });
    // Who waits for the thread gets the error there. An idle thread that fails must not end the process.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }
}
