import type { Logger } from 'pino';
import { causeOf } from '../errors/cause-of.ts';
import type { GuardRegistry } from '../resilience/guard-registry.ts';
import { Outbox } from '../resilience/outbox.ts';
import type { ErrorType } from '../resilience/outcome.ts';
import { classifyDatabaseError } from './classify.ts';

/** Rows beyond are lost, the oldest first; what they say is in the log, too. */
const MAX_WAITING = 1_000;
/** Not the row's fault, although they say nothing about the database. */
const TRY_AGAIN: readonly ErrorType[] = ['rejected', 'cancelled', 'transaction_conflict'];

/**
 * Writes rows as soon as the database takes them. While it is away they wait in memory, without a call of their own:
 * the next success of any other call is what tells that it is back.
 */
export class DeferredRows<T extends { id: string }> {
  private readonly outbox = new Outbox<T>(MAX_WAITING);
  private isAway = false;
  private readonly stopListening: () => void;

  constructor(
    /** Writes one row; writing it twice must not harm. */
    private readonly write: (row: T) => Promise<void>,
    private readonly guards: GuardRegistry,
    private readonly logger: Logger,
  ) {
    this.stopListening = guards.listen((event) => {
      if (event.type !== 'settled' || event.guard !== 'postgres' || event.outcome !== 'success') return;
      if (this.isAway) void this.flush();
    });
  }

  /** Takes a row that nobody waits for: however many come while others are written, the newest alone are held. */
  put(row: T): void {
    this.outbox.put(row.id, row);
    if (!this.isAway && !this.outbox.isDraining) void this.flush();
  }

  /** Takes a row; resolves with whether it is written, within the database's time limits. Never rejects. */
  async add(row: T): Promise<boolean> {
    this.outbox.put(row.id, row);
    if (!this.isAway) await this.flush();
    return !this.outbox.has(row.id);
  }

  /** Tries once more to write what waits, and stops listening. */
  async close(): Promise<void> {
    this.stopListening();
    await this.flush();
  }

  private async flush(): Promise<void> {
    this.isAway = this.guards.guard('postgres').refusal !== null;
    if (this.isAway) return;
    try {
      await this.outbox.drain((row) => this.attempt(row));
    } catch {
      // The guard of the database has logged why.
      this.isAway = true;
    }
  }

  private async attempt(row: T): Promise<void> {
    try {
      await this.write(row);
    } catch (error) {
      const { outcome, errorType } = classifyDatabaseError(error);
      if (outcome === 'failure' || TRY_AGAIN.includes(errorType)) throw error;
      // The next row must not wait for ever behind one that is never taken.
      this.logger.error({ event: 'row_refused', error_type: errorType, cause: causeOf(error) });
    }
  }
}
