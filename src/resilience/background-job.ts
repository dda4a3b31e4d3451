import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { BackgroundLoop } from './time/background-loop.ts';
import type { Clock } from './time/clock.ts';
import { waitForStop } from './time/stop-limit.ts';

/** Work that repeats as long as the service runs. */
export abstract class BackgroundJob
  implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  protected readonly loop: BackgroundLoop;

  /** @param task names the work in the log when it fails */
  constructor(
    task: string,
    protected readonly clock: Clock,
  ) {
    this.loop = new BackgroundLoop(task, clock, undefined, (signal) => this.run(signal));
  }

  /** Whether no run is under way. */
  get isAtRest(): boolean {
    return this.loop.isAtRest;
  }

  onApplicationBootstrap(): void {
    void this.loop.start();
  }

  /** Aborts the run under way at once: running requests need the services more. */
  onModuleDestroy(): void {
    void this.loop.stop();
  }

  onApplicationShutdown(): Promise<void> {
    return waitForStop(this.stop(), this.clock);
  }

  /** Resolves when the run under way has ended. */
  protected stop(): Promise<void> {
    return this.loop.stop();
  }

  /** @returns milliseconds until the next run */
  protected abstract run(signal: AbortSignal): Promise<number>;
}
