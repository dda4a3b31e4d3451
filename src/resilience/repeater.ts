import { setImmediate } from 'node:timers/promises';
import { pause, type Clock } from './clock.ts';

/** Instances that started together do not keep step: each waits up to a fifth less. */
const JITTER = 0.2;

/** Does work in the background again and again, until it is stopped. */
export class Repeater {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private isWoken = false;
  private endWait: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    /** At the longest between two runs; undefined when it is only woken. */
    private readonly everyMs: number | undefined,
    /** One run. */
    private readonly work: (signal: AbortSignal) => Promise<void> | void,
    private readonly random: () => number,
    /** Told what a run threw that was not ended by `stop`; the next one tries again. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Begins; resolves when the first run has ended. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    if (this.running || signal.aborted) return;
    const first = this.runOnce(signal);
    this.running = first.then(() => this.run(signal));
    await first;
  }

  /** Asks for a run as soon as the present one, if there is one, has ended. */
  wake(): void {
    this.isWoken = true;
    this.endWait();
  }

  /** Ends the run under way by its signal. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.isWoken) await this.wait(signal);
      // What wakes it, often several times at once, has its effects before the run.
      await setImmediate();
      if (!signal.aborted) await this.runOnce(signal);
    }
  }

  private async runOnce(signal: AbortSignal): Promise<void> {
    this.isWoken = false;
    try {
      await this.work(signal);
    } catch (error) {
      if (!signal.aborted) this.onFailure(error);
    }
  }

  private async wait(stopping: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.endWait = () => woken.abort();
    const signal = AbortSignal.any([stopping, woken.signal]);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (this.everyMs === undefined) return ended;
    const waitMs = this.everyMs * (1 - JITTER * this.random());
    await pause(this.clock, waitMs, signal);
  }
}
