import { Pool, types, type ClientBase, type QueryConfig } from 'pg';
import { untilAborted } from '../../resilience/time/deadline.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { ConnectionFailedError, ConnectionsClosedError, ConnectionWaitError } from './database-errors.ts';
import type { DatabaseServer } from './database-server.ts';
import { LeasedConnection } from './leased-connection.ts';
import { Semaphore, SemaphoreTimeoutError } from '../../resilience/limits/semaphore.ts';

/** How long closing waits for work in progress. */
const CLOSE_LIMIT_MS = 5_000;

/** The connection pool of one server. Callers wait in order of arrival, for a limited time, and until their signal aborts. */
export class Connections {
  private readonly pool: Pool;
  private readonly slots: Semaphore;
  private closed: Promise<void> | undefined;

  constructor(
    readonly server: DatabaseServer,
    /** The time limit of opening a connection and of each statement, in milliseconds. */
    private readonly timeoutMs: number,
    private readonly clock: Clock,
  ) {
    const { prepare } = server;
    this.pool = new Pool({
      ...server.connection,
      max: server.maxConnections,
      connectionTimeoutMillis: timeoutMs,
      idleTimeoutMillis: server.idleMs,
      types: { getTypeParser },
      ...(prepare !== undefined && { onConnect: (client) => runOnce(client, prepare, timeoutMs) }),
    });
    // The pool drops a connection that breaks while idle; one in use fails its statement. Without listeners both would
    // end the process.
    this.pool.on('error', ignore);
    this.pool.on('connect', (client) => client.on('error', ignore));
    this.slots = new Semaphore(clock, server.maxConnections);
  }

  /** Connections in use. */
  get inUse(): number {
    return this.slots.taken;
  }

  /** Callers who wait for a connection. */
  get queueDepth(): number {
    return this.slots.queueDepth;
  }

  /**
   * Takes a connection, which must be released.
   * @throws ConnectionFailedError, ConnectionWaitError, ConnectionsClosedError, the signal's reason as soon as it aborts
   */
  async open(signal: AbortSignal): Promise<LeasedConnection> {
    if (this.closed) throw new ConnectionsClosedError();
    await this.waitForSlot(signal);
    if (this.closed) {
      this.slots.release();
      throw new ConnectionsClosedError();
    }
    const connecting = this.pool.connect();
    try {
      const client = await untilAborted(() => connecting, signal);
      return new LeasedConnection(client, this.server, this.clock, this.timeoutMs, () =>
        this.slots.release(),
      );
    } catch (error) {
      connecting
        .then((client) => client.release())
        .finally(() => this.slots.release())
        .catch(ignore);
      throw signal.aborted ? error : new ConnectionFailedError(error);
    }
  }

  /** Closes every connection once it is free, but waits no longer than a few seconds. A second call joins the first. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.clock.setTimer(resolve, CLOSE_LIMIT_MS);
    await Promise.race([this.pool.end(), late]);
    cancel();
  }

  private async waitForSlot(signal: AbortSignal): Promise<void> {
    const { waitMs } = this.server;
    await this.slots.acquire(signal, waitMs).catch((error: unknown) => {
      throw error instanceof SemaphoreTimeoutError ? new ConnectionWaitError(waitMs) : error;
    });
  }
}

const INT8 = 20;

/** Parses a bigint as a number when that is exact; otherwise it stays a string. */
const getTypeParser: typeof types.getTypeParser = (type: number, format?: 'text' | 'binary') =>
  type === INT8 && format !== 'binary' ? parseInt8 : types.getTypeParser(type, format);

function parseInt8(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** The driver's types lack the time limit of a single statement. */
function runOnce(client: ClientBase, text: string, limitMs: number) {
  return client.query({ text, query_timeout: limitMs } as QueryConfig);
}

function ignore(): void {}
