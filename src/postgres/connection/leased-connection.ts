import type { PoolClient, QueryResult, QueryResultRow } from 'pg';
import { ServiceError } from '../../telemetry/service-error.ts';
import { untilAborted } from '../../resilience/time/deadline.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { AttemptTimeoutError } from '../../resilience/guard/errors.ts';
import { isBrokenConnection } from './classify-database-error.ts';
import type { DatabaseServer } from './database-server.ts';
import { queryWithSettings } from './query-with-settings.ts';

/** Extra time for the server's own limit, which keeps the connection usable, before the connection is closed. */
const GRACE_MS = 100;
/** A transaction that waits longer for a lock gives it up. A longer wait holds a connection for longer. */
const MAX_LOCK_WAIT_MS = 500;

/** What a lease goes by. */
export interface Lease {
  server: DatabaseServer;
  /** The time limit of each statement, in milliseconds. */
  timeoutMs: number;
  /** A statement that makes the settings of a transaction; undefined where the session has them. */
  settings: string | undefined;
  onEnd: () => void;
}

/** A connection leased to one piece of work. Its statements run one after the other, each within the time limit. */
export class LeasedConnection {
  private turn: Promise<unknown> = Promise.resolve();
  private unanswered: Promise<void> | undefined;
  private isBroken = false;
  /** Whether the connection was passed to work of its own, which no limit of the server ends. */
  private isLent = false;

  constructor(
    private readonly client: PoolClient,
    private readonly clock: Clock,
    private readonly lease: Lease,
  ) {}

  /**
   * Runs one statement.
   * @throws AttemptTimeoutError at the limit, the signal's reason as soon as it aborts, the driver's error
   */
  run<R extends QueryResultRow>(
    sql: string,
    values: unknown[],
    signal: AbortSignal,
  ): Promise<QueryResult<R>> {
    // The extended protocol allows one statement per call.
    const statement = { text: sql, values, queryMode: 'extended' as const };
    return this.serialize(() => {
      const { settings } = this.lease;
      // A transaction has made them at its beginning.
      return settings === undefined || this.client.getTransactionStatus() !== 'I'
        ? this.client.query<R>(statement)
        : queryWithSettings<R>(this.client, settings, statement);
    }, signal);
  }

  /**
   * Runs several statements at once, within the time limit of one. A transaction that they leave open is rolled back.
   * @returns the result of each statement
   * @throws as `run`
   */
  async runScript(sql: string, signal: AbortSignal): Promise<QueryResult[]> {
    const { settings } = this.lease;
    const script = settings === undefined ? sql : `${settings}; ${sql}`;
    const results = await this.serialize<QueryResult | QueryResult[]>(
      () => this.client.query(script),
      signal,
    );
    return [results].flat().slice(settings === undefined ? 0 : 1);
  }

  /**
   * Begins a transaction. A lock that is not free makes it wait in the lock's queue, for less than a statement may take:
   * the wait for another writer must end with the conflict 55P03, not with a statement's time limit, which counts as a
   * failure of the database.
   * @throws as `run`
   */
  async begin(signal: AbortSignal): Promise<void> {
    const { settings, timeoutMs } = this.lease;
    const lockWaitMs = Math.min(MAX_LOCK_WAIT_MS, Math.ceil(timeoutMs / 2));
    const script = ['BEGIN', settings, `SET LOCAL lock_timeout = ${lockWaitMs}`].filter(Boolean).join('; ');
    await this.serialize(() => this.client.query(script), signal);
  }

  /**
   * Passes the connection itself to work without a time limit. The work finds no settings, and may make some for its
   * transactions alone. A statement that still runs when the signal aborts is cancelled at the lease's end.
   * @throws the signal's reason as soon as it aborts, or what `work` threw
   */
  async withClient<T>(work: (client: PoolClient) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.isLent = true;
    const run = async () => {
      // The role, the database or the server may have a limit.
      if (this.lease.server.cancel && (await isDirect(this.client)))
        await this.client.query('SET statement_timeout = 0');
      return work(this.client);
    };
    return this.await(run(), signal);
  }

  /** Returns the connection to the pool, or closes it when its state is unknown. Rolls an open transaction back. */
  async release(): Promise<void> {
    if (this.unanswered) {
      const { outwait, cancel } = this.lease.server;
      if (outwait) {
        // Not awaited: the caller who abandoned the statement has gone on.
        outwait(this.unanswered)
          .then(() => this.release())
          .catch(() => undefined);
        return;
      }
      // No limit would end the statement on the server.
      if (cancel && this.isLent) await cancel(this.client);
      return this.returnToPool(true);
    }
    // The server's last error comes before the end of the connection, and the pool would lease the connection until then.
    if (this.isBroken || (this.isLent && !this.lease.server.ownsSessions)) return this.returnToPool(true);
    if (this.client.getTransactionStatus() === 'I') return this.returnToPool(false);
    const { signal } = new AbortController();
    const rolledBack = await this.run('ROLLBACK', [], signal).catch(() => undefined);
    if (this.unanswered) return this.release();
    this.returnToPool(rolledBack === undefined);
  }

  private returnToPool(destroy: boolean): void {
    try {
      this.client.release(destroy);
    } finally {
      this.lease.onEnd();
    }
  }

  /** Sends a statement after the earlier ones. */
  private serialize<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const result = this.turn.then(() => this.execute(send, signal));
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async execute<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.unanswered) throw new ServiceError('an earlier statement on this connection was given up');
    const limit = new AbortController();
    const onAbort = () => limit.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const cancelTimer = this.clock.setTimer(
      () => limit.abort(new AttemptTimeoutError('attempt')),
      this.lease.timeoutMs + GRACE_MS,
    );
    try {
      return await this.await(send(), limit.signal);
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Waits for a response, and marks the connection as busy meanwhile. */
  private await<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
    const settled = () => {
      this.unanswered = undefined;
    };
    this.unanswered = answer.then(settled, (error: unknown) => {
      this.isBroken ||= isBrokenConnection(error);
      settled();
    });
    return untilAborted(() => answer, signal);
  }
}

/**
 * Whether no pooler stands between: the process id that a pooler tells the driver is an invention. Behind one a setting of
 * the session might become another client's.
 */
async function isDirect(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid === (client as unknown as { processID: number }).processID;
}
