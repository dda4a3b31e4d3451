import type { Logger } from 'pino';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { BackgroundLoop } from '../../resilience/time/background-loop.ts';
import type { Connections } from '../connection/connections.ts';
import { applyMigrations, OldTablesError } from './apply-migrations.ts';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** How long the start of the service waits for the migrations. After that they continue in the background. */
const START_WAIT_MS = 10_000;

/** Migrates the database at the start, and retries until it succeeds. */
export class StartupMigrations {
  private readonly loop: BackgroundLoop;
  private readonly done = Promise.withResolvers<void>();
  private applied = false;
  private retryMs = FIRST_RETRY_MS;
  private oldTables: OldTablesError | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.loop = new BackgroundLoop('migrations', clock, undefined, (signal) => this.attempt(signal));
  }

  /** Whether the migrations are applied. */
  get ready(): boolean {
    return this.applied;
  }

  /** Resolves when the migrations are applied; never when the service stops before. */
  whenReady(): Promise<void> {
    return this.done.promise;
  }

  /**
   * Starts migrating. Resolves when the first attempt has ended, after ten seconds at the latest.
   * @throws OldTablesError when that attempt found old tables: a database that is reached later is only logged
   */
  async start(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.clock.setTimer(resolve, START_WAIT_MS);
    await Promise.race([this.loop.start(), late]);
    cancel();
    if (this.oldTables) throw this.oldTables;
  }

  /** Stops retrying. */
  stop(): void {
    void this.loop.stop();
  }

  /** @returns milliseconds until the next attempt; undefined when there is none */
  private async attempt(signal: AbortSignal): Promise<number | undefined> {
    try {
      const names = await applyMigrations(this.connections, signal);
      this.logger.info({ event: 'migrations_applied', names });
      this.applied = true;
      this.done.resolve();
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof OldTablesError) this.oldTables = error;
      this.logger.error({ event: 'migrations_failed', cause: causeOf(error) });
      const waitMs = this.retryMs;
      this.retryMs = Math.min(waitMs * 2, MAX_RETRY_MS);
      return waitMs;
    }
  }
}
