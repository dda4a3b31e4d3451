import { setImmediate } from 'node:timers/promises';
import { reportSideFailure } from '../../telemetry/side-failures.ts';
import type { Clock } from './clock.ts';

/** Share by which a pause is shortened at random, so that instances started together do not run in step. */
const JITTER = 0.2;

/** Runs work in the background again and again, until it is stopped. */
export class BackgroundLoop {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private isWaiting = true;
  private isWoken = false;
  private endWait: () => void = () => undefined;

  constructor(
    /** Names the work in the log when it fails. */
    private readonly task: string,
    private readonly clock: Clock,
    /** The longest wait in milliseconds after a run that gives none; undefined waits until `wake`. */
    private readonly everyMs: number | undefined,
    /** One run; may give the exact time in milliseconds until the next. What it throws is logged. */
    private readonly work: (signal: AbortSignal) => Promise<number | void> | number | void,
    /** Shortens the wait of `everyMs`. */
    private readonly random: () => number = () => 0,
  ) {}

  /** Whether it waits, and does no work until a time has passed or it is woken. */
  get isAtRest(): boolean {
    return this.isWaiting && (!this.isWoken || this.stopping.signal.aborted);
  }

  /** Begins after `delayMs`; resolves when the first run has ended. Never rejects. */
  async start(delayMs = 0): Promise<void> {
    const { signal } = this.stopping;
    if (this.running || signal.aborted) return;
    const first = this.runFirst(delayMs, signal);
    this.running = first.then((waitMs) => this.run(waitMs, signal));
    await first;
  }

  /** Starts a run now, or as soon as the current run has ended. */
  wake(): void {
    this.isWoken = true;
    this.endWait();
  }

  /** Ends the run under way by its signal, and resolves when it has ended. Never rejects. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.endWait();
    await this.running;
  }

  private async runFirst(delayMs: number, signal: AbortSignal): Promise<number | undefined> {
    if (delayMs > 0) await this.wait(delayMs);
    this.isWaiting = false;
    return signal.aborted ? undefined : this.runOnce(signal);
  }

  private async run(firstWaitMs: number | undefined, signal: AbortSignal): Promise<void> {
    let waitMs = firstWaitMs;
    while (!signal.aborted) {
      if (!this.isWoken) await this.wait(waitMs);
      // Several events often wake the loop in the same turn: all of them take effect before the run.
      await setImmediate();
      if (!signal.aborted) waitMs = await this.runOnce(signal);
    }
    this.isWaiting = true;
  }

  /** @returns milliseconds until the next run; undefined when it waits to be woken */
  private async runOnce(signal: AbortSignal): Promise<number | undefined> {
    this.isWoken = false;
    try {
      const waitMs = await this.work(signal);
      if (typeof waitMs === 'number') return waitMs;
    } catch (error) {
      if (!signal.aborted) reportSideFailure({ event: 'background_work_failed', task: this.task }, error);
    }
    return this.everyMs === undefined ? undefined : this.everyMs * (1 - JITTER * this.random());
  }

  private async wait(ms: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.endWait = resolve;
    const cancel = ms === undefined ? undefined : this.clock.setTimer(resolve, ms);
    this.isWaiting = true;
    await promise;
    this.isWaiting = false;
    cancel?.();
  }
}
