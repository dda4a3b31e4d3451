import { escapeIdentifier, escapeLiteral, type ClientBase, type QueryResultRow } from 'pg';
import { ServiceError } from '../../telemetry/service-error.ts';
import { untilAborted } from '../../resilience/time/deadline.ts';
import { backoffMs } from '../../resilience/time/backoff.ts';
import { sleep, type Clock } from '../../resilience/time/clock.ts';
import type { Guard } from '../../resilience/guard/guard.ts';
import type { CallOptions } from '../../resilience/guard/guarded-call.ts';
import { classifyDatabaseError, isBrokenConnection } from './classify-database-error.ts';
import type { Connections } from './connections.ts';
import { ReadOnlyError, SchemaNotReadyError, sqlStateOf } from './database-errors.ts';
import type { LeasedConnection } from './leased-connection.ts';

/** Runs of a transaction that conflicts with others each time; more runs hold the caller up for longer. */
const MAX_CONFLICTS = 3;
/** Conflicting transactions end within milliseconds. The random part of a pause keeps them from meeting again. */
const CONFLICT_PAUSES = { baseDelayMs: 20, maxDelayMs: 500 };
const LOCK_NOT_AVAILABLE = '55P03';
const READ_ONLY_STATE = '25006';
/** Between two renewals of all connections for the sake of writes. Raised, a new primary is noticed later; lowered, reads reconnect more often. */
const RENEW_PAUSE_MS = 1_000;
/** A transaction waits at most this long for a lock, in all its runs together. A higher limit makes a caller wait longer for the 503. */
const MAX_LOCK_WAIT_MS = 60_000;

/** The limits of a call. An abort of the signal ends it at once. */
export interface CallLimits extends Pick<CallOptions, 'isControl'> {
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
  /** Whether the server took no writes when it was asked last. */
  private isReadOnly = false;
  private renewedAtMs = Number.NEGATIVE_INFINITY;

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
  query<R extends object>(sql: string, parameters: unknown[] = [], limits: CallLimits = {}): Promise<R[]> {
    return this.write(() => this.run<R>(sql, parameters, limits), limits.signal);
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
      return await this.run<R>(sql, parameters, limits);
    } catch (error) {
      if (!isBrokenConnection(error) || limits.signal?.aborted || this.guard.rejection !== null) throw error;
      this.guard.recordRetry();
      return await this.run<R>(sql, parameters, limits);
    }
  }

  /**
   * Runs several statements without parameters, within the time limit of one.
   * @returns the rows of all statements in order
   * @throws as `query`
   */
  script(sql: string, limits: CallLimits = {}): Promise<object[]> {
    const run = async (session: LeasedConnection, attempt: AbortSignal) =>
      (await session.runScript(sql, attempt)).flatMap(({ rows }) => rows as object[]);
    return this.call(run, limits);
  }

  /**
   * Runs a statement that makes or changes what the tables are made of, which reads all of them: it may take as long as it
   * needs. The statement names the schemas: see `schemas`.
   * @throws as `query`, but no AttemptTimeoutError
   */
  async runDdl(sql: string, limits: CallLimits = {}): Promise<void> {
    await this.lend((connection) => connection.query(sql), limits);
  }

  /**
   * Lends a connection to work that may take as long as it needs, without settings. What the work locked is cleared
   * afterwards. The signal's abort also ends the statement on a server.
   * @throws as `query`, but no AttemptTimeoutError; or what `work` threw
   */
  lend<T>(work: (connection: LentConnection) => Promise<T>, limits: CallLimits = {}): Promise<T> {
    return this.call((session, attempt) => session.withClient(work, attempt), limits);
  }

  /**
   * Runs work while no other process holds the lock of that name. A transaction holds the lock: behind a pooler a session's
   * lock might never be found again.
   * @returns undefined when another process holds the lock
   * @throws as `lend`
   */
  runAlone<T>(lock: string, work: () => Promise<T>, limits: CallLimits = {}): Promise<T | undefined> {
    return this.lend(async (connection) => {
      // At this level, and without parameters, the transaction keeps no snapshot, for which the building of an index would
      // wait.
      await connection.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      const { rows } = await connection.query<{ isTaken: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtext(${escapeLiteral(lock)})) AS "isTaken"`,
      );
      return rows[0]?.isTaken ? work() : undefined;
    }, limits);
  }

  /** The schemas of the service's tables and of the extension `vector`, quoted, for statements on lent connections. */
  get schemas(): { own: string; extension: string } {
    const { server, extensionSchema } = this.connections;
    return { own: escapeIdentifier(server.schema), extension: escapeIdentifier(extensionSchema) };
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
  transaction<T>(work: (tx: Transaction) => Promise<T>, { signal }: CallLimits = {}): Promise<T> {
    return this.write(() => this.runTransaction(work, signal), signal);
  }

  private async runTransaction<T>(
    work: (tx: Transaction) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
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

  /** Resolves when the database answers and its tables exist, with whether it takes writes. */
  async ping(signal?: AbortSignal): Promise<{ isReadOnly: boolean }> {
    const ask = async () => {
      const sql = `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`;
      const [row] = await this.read<{ isReadOnly: boolean }>(sql, [], { signal });
      this.isReadOnly = row?.isReadOnly === true;
      return this.isReadOnly;
    };
    if ((await ask()) && this.clock.now() - this.renewedAtMs >= RENEW_PAUSE_MS) {
      this.renewConnections();
      await ask();
    }
    return { isReadOnly: this.isReadOnly };
  }

  /** Closes every connection after the work in progress. */
  close(): Promise<void> {
    return this.connections.close();
  }

  /**
   * Makes a call that may write. While the server takes no writes none is sent, and each asks the server first. The first
   * refusal is followed by a second try, where another server has taken the place: a refused write has changed nothing.
   * @throws ReadOnlyError, or what the call throws
   */
  private async write<T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.isReadOnly && (await this.ping(signal)).isReadOnly) throw new ReadOnlyError();
    try {
      return await call();
    } catch (error) {
      if (sqlStateOf(error) !== READ_ONLY_STATE) throw error;
      this.renewConnections();
      if ((await this.ping(signal)).isReadOnly) throw error;
      this.guard.recordRetry();
      return await call();
    }
  }

  /** The server was demoted, and its address may lead to the one that took its place. */
  private renewConnections(): void {
    this.renewedAtMs = this.clock.now();
    this.connections.renew();
  }

  private run<R extends object>(sql: string, parameters: unknown[], limits: CallLimits): Promise<R[]> {
    const run = async (session: LeasedConnection, attempt: AbortSignal) =>
      (await session.run<R & QueryResultRow>(sql, parameters, attempt)).rows;
    return this.call<R[]>(run, limits);
  }

  private call<T>(
    run: (session: LeasedConnection, attempt: AbortSignal) => Promise<T>,
    { signal, isControl }: CallLimits,
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
    return this.guard.execute(call, { signal, isControl, classify: classifyDatabaseError });
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
