import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { CLOCK, type Clock } from '../../resilience/time/clock.ts';
import { GuardRegistry } from '../../resilience/guard/guard-registry.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import { CoalescingBuffer } from '../../resilience/sharing/coalescing-buffer.ts';
import type { ErrorType } from '../../resilience/guard/outcome.ts';
import { waitForStop } from '../../resilience/time/stop-limit.ts';
import { LOGGER } from '../../telemetry/logger.ts';
import { classifyDatabaseError } from '../connection/classify-database-error.ts';
import { Database } from '../connection/database.ts';

/** The most rows that wait. Beyond it the oldest are dropped; the log has them too. Raising it costs memory in an outage. */
const MAX_WAITING = 1_000;
/** Error types that are neither the row's nor the database's fault. */
const TRY_AGAIN: readonly ErrorType[] = ['rejected', 'cancelled', 'transaction_conflict'];

/** Makes what writes the rows of one kind. */
@Injectable()
export class DeferredWrites {
  constructor(
    private readonly database: Database,
    private readonly guards: GuardRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param write writes one row; writing it twice must not harm */
  create<T extends { id: string }>(write: (row: T) => Promise<void>): WriteBehindQueue<T> {
    return new WriteBehindQueue(write, this.database, this.guards, this.clock, this.logger);
  }
}

/**
 * Writes rows in the background. During a database outage rows wait in memory without a call of their own, until any other
 * call succeeds. The trials of a circuit that may close again are
 * left to users.
 */
export class WriteBehindQueue<T extends { id: string }> {
  private readonly buffer = new CoalescingBuffer<T>(MAX_WAITING);
  private isAway = false;
  private isClosed = false;
  private readonly stopListening: () => void;

  constructor(
    /** Writes one row. Writing it twice must have no further effect. */
    private readonly write: (row: T) => Promise<void>,
    private readonly database: Pick<Database, 'isHealthy'>,
    private readonly guards: GuardRegistry,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.stopListening = guards.subscribe((event) => {
      if (event.type !== 'settled' || event.guard !== 'postgres' || event.outcome !== 'success') return;
      if (this.isAway) void this.flush();
    });
  }

  /** Whether no row is being written; rows may wait for the database. */
  get isAtRest(): boolean {
    return !this.buffer.isDraining;
  }

  /** Takes a row that no caller waits for. When too many rows wait, the oldest are dropped. */
  enqueue(row: T): void {
    this.buffer.enqueue(row.id, row);
    if (!this.isAway && !this.buffer.isDraining) void this.flush();
  }

  /** Takes a row. Resolves with whether it was written within the database's time limits. Never rejects. */
  async add(row: T): Promise<boolean> {
    this.buffer.enqueue(row.id, row);
    if (!this.isAway) await this.flush();
    return !this.buffer.has(row.id);
  }

  /**
   * Stops listening, and tries for three seconds to write the rows that wait, with a trial of a half-open circuit if need
   * be. The rest are lost. Never rejects.
   */
  async close(): Promise<void> {
    this.stopListening();
    if (this.guards.guard('postgres').rejection === null) await waitForStop(this.drain(), this.clock);
    this.isClosed = true;
  }

  /** Never rejects: what is not written goes on waiting. */
  private async flush(): Promise<void> {
    this.isAway = !this.database.isHealthy;
    if (!this.isAway) await this.drain();
  }

  private async drain(): Promise<void> {
    try {
      await this.buffer.drain((row) => this.attempt(row));
    } catch {
      this.isAway = true;
    }
  }

  private async attempt(row: T): Promise<void> {
    if (this.isClosed) throw new Error('the rows are closed');
    try {
      await this.write(row);
    } catch (error) {
      const { outcome, errorType } = classifyDatabaseError(error);
      if (outcome === 'failure' || TRY_AGAIN.includes(errorType)) throw error;
      // A row that the database always refuses must not block the later ones.
      this.logger.error({ event: 'row_refused', error_type: errorType, cause: causeOf(error) });
    }
  }
}
