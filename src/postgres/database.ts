import type { QueryResultRow } from 'pg';
import { ServiceError } from '../errors/service-error.ts';
import { untilAborted } from '../resilience/abort.ts';
import { sleep, type Clock } from '../resilience/clock.ts';
import type { Guard } from '../resilience/guard.ts';
import { classifyDatabaseError, isBrokenConnection } from './classify.ts';
import type { Connections } from './connections.ts';
import { SchemaNotReadyError, sqlStateOf } from './database-errors.ts';
import type { Session } from './session.ts';

const MAX_ATTEMPTS = 3;
/** Conflicting transactions end within milliseconds; a spread start keeps them from meeting again. */
const CONFLICT_BACKOFF_MS = 20;
/** Who holds a lock may be storing a long document, which takes seconds. */
const MAX_LOCK_BACKOFF_MS = 500;
const LOCK_NOT_AVAILABLE = '55P03';
/** As long as a call may wait for the embedded database's only connection. */
const LOCK_WAIT_MS = 60_000;

/** One caller's signal: its abort ends the call at once. */
export interface CallLimits {
  signal?: AbortSignal | undefined;
}

/** An open transaction. */
export interface Transaction {
  /** Runs one statement in it; `$1`… stand for the parameters. */
  query<R extends object>(sql: string, parameters?: unknown[]): Promise<R[]>;
}

/** The one way to the database: every call passes the guard `postgres`. */
export class Database {
  constructor(
    private readonly connections: Connections,
    private readonly guard: Guard,
    private readonly clock: Clock,
    /** Whether the tables are there; calls before that fail as an outage does. */
    private readonly isSchemaReady: () => boolean,
  ) {}

  /**
   * Runs one statement, `$1`… standing for the parameters.
   * @returns its rows; a bigint is a number where that is exact, text beyond
   * @throws GuardRejectedError, AttemptTimeoutError, the signal's reason, or the driver's error
   */
  query<R extends object>(
    sql: string,
    parameters: unknown[] = [],
    { signal }: CallLimits = {},
  ): Promise<R[]> {
    const run = async (session: Session, attempt: AbortSignal) =>
      (await session.run<R & QueryResultRow>(sql, parameters, attempt)).rows;
    return this.call<R[]>(run, signal);
  }

  /**
   * As `query`, for a statement that changes nothing: when its connection breaks it is run again, once, on another one.
   */
  async read<R extends object>(
    sql: string,
    parameters: unknown[] = [],
    limits: CallLimits = {},
  ): Promise<R[]> {
    try {
      return await this.query<R>(sql, parameters, limits);
    } catch (error) {
      if (!isBrokenConnection(error) || limits.signal?.aborted || this.guard.refusal !== null) throw error;
      this.guard.noteRetry();
      return await this.query<R>(sql, parameters, limits);
    }
  }

  /**
   * Runs several statements, without parameters, in the time limit of one.
   * @returns the rows of all, one after the other
   * @throws as `query`
   */
  script(sql: string, { signal }: CallLimits = {}): Promise<object[]> {
    const run = async (session: Session, attempt: AbortSignal) =>
      (await session.runScript(sql, attempt)).flatMap(({ rows }) => rows as object[]);
    return this.call(run, signal);
  }

  /**
   * Runs a statement that makes or changes what the tables are made of, which reads all of them: it may take as long as it
   * needs.
   * @throws as `query`, but no AttemptTimeoutError
   */
  async define(sql: string, { signal }: CallLimits = {}): Promise<void> {
    const run = (session: Session, attempt: AbortSignal) =>
      session.lend(async (client) => {
        await client.query('SET statement_timeout = 0');
        await client.query(sql);
      }, attempt);
    await this.call(run, signal);
  }

  /**
   * Runs `work` in a transaction and commits; rolls back when it throws. Each statement has a time limit, the
   * whole has none. After a conflict with another transaction `work` is run again, at most 3 times in all; where a
   * lock was not to be had, as often as it takes, for a minute at most. Nothing is held meanwhile.
   * @throws as `query`, or what `work` threw
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>, { signal }: CallLimits = {}): Promise<T> {
    const startedAt = this.clock.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.guard.execute((limited) => this.attempt(work, limited), {
          signal,
          classify: classifyDatabaseError,
        });
      } catch (error) {
        if (classifyDatabaseError(error).errorType !== 'transaction_conflict') throw error;
        const isLocked = sqlStateOf(error) === LOCK_NOT_AVAILABLE;
        const isOver = isLocked ? this.clock.now() - startedAt > LOCK_WAIT_MS : attempt >= MAX_ATTEMPTS;
        if (isOver) throw error;
        const backoffMs = Math.min(CONFLICT_BACKOFF_MS * attempt, MAX_LOCK_BACKOFF_MS);
        await sleep(this.clock, backoffMs * (0.5 + Math.random()), signal);
        this.guard.noteRetry();
      }
    }
  }

  /** Whether it is there and its circuit closed. The trials of a half-open one are for users: background work waits. */
  get isWell(): boolean {
    return this.isSchemaReady() && this.guard.state === 'closed';
  }

  /** Resolves when the database answers and its tables are there. */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.read('SELECT 1', [], { signal });
  }

  /** Ends every connection, work in progress first. */
  close(): Promise<void> {
    return this.connections.close();
  }

  private call<T>(
    run: (session: Session, attempt: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const call = async (attempt: AbortSignal) => {
      this.requireSchema();
      const session = await this.connections.open(attempt);
      try {
        return await run(session, attempt);
      } finally {
        await session.end();
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
      await session.run('BEGIN', [], signal);
      const value = await untilAborted(() => work(tx), signal);
      ended = true;
      const { command } = await session.run('COMMIT', [], signal);
      // A COMMIT after a failed statement rolls back without an error.
      if (command !== 'COMMIT')
        throw new ServiceError('a failed statement was ignored: the transaction was rolled back');
      return value;
    } finally {
      ended = true;
      await session.end();
    }
  }

  private requireSchema(): void {
    if (!this.isSchemaReady()) throw new SchemaNotReadyError();
  }
}
