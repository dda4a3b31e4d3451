import type { ClientBase, QueryResultRow } from 'pg';
import { ServiceError } from '../../telemetry/service-error.ts';
import { untilAborted } from '../../resilience/time/deadline.ts';
import { backoffMs } from '../../resilience/time/backoff.ts';
import { sleep, type Clock } from '../../resilience/time/clock.ts';
import type { Guard } from '../../resilience/guard/guard.ts';
import { classifyDatabaseError, isBrokenConnection } from './classify-database-error.ts';
import type { Connections } from './connections.ts';
import { SchemaNotReadyError, sqlStateOf } from './database-errors.ts';
import type { LeasedConnection } from './leased-connection.ts';

/** Runs of a transaction that conflicts with others each time; more runs hold the caller up for longer. */
const MAX_CONFLICTS = 3;
/** Conflicting transactions end within milliseconds. The random part of a pause keeps them from meeting again. */
const CONFLICT_PAUSES = { baseDelayMs: 20, maxDelayMs: 500 };
const LOCK_NOT_AVAILABLE = '55P03';
/** A transaction waits at most this long for a lock, in all its runs together. A higher limit makes a caller wait longer for the 503. */
const MAX_LOCK_WAIT_MS = 60_000;

/** The limits of a call. An abort of the signal ends it at once. */
export interface CallLimits {
  signal?: AbortSignal | undefined;
}

/** A connection that one piece of work has to itself, without a time limit. */
export type LentConnection = Pick<ClientBase, 'query'>;

/** An open transaction. */
export interface Transaction {
  /** Runs one statement with the parameters `$1`… */
  query<R extends object>(sql: string, parameters?: unknown[]): Promise<R[]>;
}

/** Access to the database. Every call passes the guard `postgres`. */
export class Database {
  constructor(
    private readonly connections: Connections,
    private readonly guard: Guard,
    private readonly clock: Clock,
    /** Returns whether the tables exist. Calls before that fail as in an outage. */
    private readonly isSchemaReady: () => boolean,
    /** Gives a number from 0 to below 1. */
    private readonly random: () => number,
  ) {}

  /**
   * Runs one statement with the parameters `$1`…
   * @returns its rows; a bigint is a number when that is exact, else a string
   * @throws GuardRejectedError, AttemptTimeoutError, the signal's reason, or the driver's error
   */
  query<R extends object>(
    sql: string,
    parameters: unknown[] = [],
    { signal }: CallLimits = {},
  ): Promise<R[]> {
    const run = async (session: LeasedConnection, attempt: AbortSignal) =>
      (await session.run<R & QueryResultRow>(sql, parameters, attempt)).rows;
    return this.call<R[]>(run, signal);
  }

  /**
   * As `query`, for a statement that changes nothing: when its connection breaks, it is retried once on another one.
   */
  async read<R extends object>(
    sql: string,
    parameters: unknown[] = [],
    limits: CallLimits = {},
  ): Promise<R[]> {
    try {
      return await this.query<R>(sql, parameters, limits);
    } catch (error) {
      if (!isBrokenConnection(error) || limits.signal?.aborted || this.guard.rejection !== null) throw error;
      this.guard.recordRetry();
      return await this.query<R>(sql, parameters, limits);
    }
  }

  /**
   * Runs several statements without parameters, within the time limit of one.
   * @returns the rows of all statements in order
   * @throws as `query`
   */
  script(sql: string, { signal }: CallLimits = {}): Promise<object[]> {
    const run = async (session: LeasedConnection, attempt: AbortSignal) =>
      (await session.runScript(sql, attempt)).flatMap(({ rows }) => rows as object[]);
    return this.call(run, signal);
  }

  /**
   * Runs a statement that makes or changes what the tables are made of, which reads all of them: it may take as long as it
   * needs.
   * @throws as `query`, but no AttemptTimeoutError
   */
  async runDdl(sql: string, limits: CallLimits = {}): Promise<void> {
    await this.lend((connection) => connection.query(sql), limits);
  }

  /**
   * Lends a connection to work that may take as long as it needs. What the work set or locked is cleared afterwards. The
   * signal's abort also ends the statement on a server.
   * @throws as `query`, but no AttemptTimeoutError; or what `work` threw
   */
  lend<T>(work: (connection: LentConnection) => Promise<T>, { signal }: CallLimits = {}): Promise<T> {
    const run = (session: LeasedConnection, attempt: AbortSignal) =>
      session.withClient(async (client) => {
        await client.query('SET statement_timeout = 0');
        return work(client);
      }, attempt);
    return this.call(run, signal);
  }

  /** Whether other processes may use it, too. */
  get isShared(): boolean {
    return this.connections.server.shared;
  }

  /**
   * Runs `work` in a transaction and commits; rolls back when it throws. Each statement has a time limit, the
   * whole has none. `work` is run again after a conflict with another transaction, up to 3 conflicts. `work` is also run
   * again when a lock was not free within half a second, for up to a minute: `work` then goes to the end of the lock's
   * queue, and holds nothing between two runs.
   * @throws as `query`, or what `work` threw
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>, { signal }: CallLimits = {}): Promise<T> {
    const startedAt = this.clock.now();
    for (let conflicts = 0; ;) {
      try {
        return await this.guard.execute((limited) => this.attempt(work, limited), {
          signal,
          classify: classifyDatabaseError,
        });
      } catch (error) {
        if (classifyDatabaseError(error).errorType !== 'transaction_conflict') throw error;
        const isLocked = sqlStateOf(error) === LOCK_NOT_AVAILABLE;
        if (!isLocked) conflicts++;
        const isOver = conflicts >= MAX_CONFLICTS || this.clock.now() - startedAt > MAX_LOCK_WAIT_MS;
        if (isOver) throw error;
        // The wait for a lock was a pause already, and a place in the queue is worth more than a longer one.
        const pauseMs = backoffMs(isLocked ? 1 : conflicts, CONFLICT_PAUSES, this.random);
        await sleep(this.clock, pauseMs, signal);
        this.guard.recordRetry();
      }
    }
  }

  /** Whether calls are let through without being trials of an open circuit. Trials are for users: background work waits. */
  get isHealthy(): boolean {
    const { state, mode, rejection } = this.guard;
    const makesTrials = mode === 'auto' || mode === 'observe';
    return this.isSchemaReady() && rejection === null && !(makesTrials && state !== 'closed');
  }

  /** Resolves when the database answers and its tables exist. */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.read('SELECT 1', [], { signal });
  }

  /** Closes every connection after the work in progress. */
  close(): Promise<void> {
    return this.connections.close();
  }

  private call<T>(
    run: (session: LeasedConnection, attempt: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const call = async (attempt: AbortSignal) => {
      this.requireSchema();
      const session = await this.connections.open(attempt);
      try {
        return await run(session, attempt);
      } finally {
        await session.release();
      }
    };
    return this.guard.execute(call, { signal, classify: classifyDatabaseError });
  }

  private async attempt<T>(work: (tx: Transaction) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.requireSchema();
    const session = await this.connections.open(signal);
    let ended = false;
    const tx: Transaction = {
      async query<R extends object>(sql: string, parameters: unknown[] = []) {
        if (ended) throw new ServiceError('the transaction has ended');
        const { rows } = await session.run<R & QueryResultRow>(sql, parameters, signal);
        return rows as R[];
      },
    };
    try {
      await session.begin(signal);
      const value = await untilAborted(() => work(tx), signal);
      ended = true;
      const { command } = await session.run('COMMIT', [], signal);
      // COMMIT after a failed statement rolls back without an error.
      if (command !== 'COMMIT')
        throw new ServiceError('a failed statement was ignored: the transaction was rolled back');
      return value;
    } finally {
      ended = true;
      await session.release();
    }
  }

  private requireSchema(): void {
    if (!this.isSchemaReady()) throw new SchemaNotReadyError();
  }
}
