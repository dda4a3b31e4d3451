import type { Logger } from 'pino';
import { causeOf } from '../errors/cause-of.ts';
import { pause, type Clock } from '../resilience/clock.ts';
import type { Connections } from './connections.ts';
import { applyMigrations } from './migrate.ts';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** How long the start of the service waits for its tables; then it starts without and goes on trying. */
const START_WAIT_MS = 10_000;

/** Brings the tables up to date at the start, however long the database stays away. */
export class Migrations {
  private readonly stopped = new AbortController();
  private readonly done = Promise.withResolvers<void>();
  private applied = false;

  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Whether the tables are up to date. */
  get ready(): boolean {
    return this.applied;
  }

  /** Resolves when the tables are up to date; never, if the service is stopped before. */
  whenReady(): Promise<void> {
    return this.done.promise;
  }

  /** Starts; resolves when the first attempt has ended, after a few seconds at the latest. */
  async start(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.clock.setTimer(resolve, START_WAIT_MS);
    const first = this.attempt();
    void first.then(() => this.retry());
    await Promise.race([first, late]);
    cancel();
  }

  /** Ends the attempts. */
  stop(): void {
    this.stopped.abort();
  }

  private async retry(): Promise<void> {
    const { signal } = this.stopped;
    for (let waitMs = FIRST_RETRY_MS; !this.applied; waitMs = Math.min(waitMs * 2, MAX_RETRY_MS)) {
      await pause(this.clock, waitMs, signal);
      if (signal.aborted) return;
      await this.attempt();
    }
  }

  private async attempt(): Promise<void> {
    try {
      const names = await applyMigrations(this.connections, this.stopped.signal);
      this.logger.info({ event: 'migrations_applied', names });
      this.applied = true;
      this.done.resolve();
    } catch (error) {
      if (this.stopped.signal.aborted) return;
      this.logger.error({ event: 'migrations_failed', cause: causeOf(error) });
    }
  }
}
