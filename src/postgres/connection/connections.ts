import { escapeIdentifier, Pool, types, type ClientBase, type PoolClient, type QueryConfig } from 'pg';
import { untilAborted } from '../../resilience/time/deadline.ts';
import type { Clock } from '../../resilience/time/clock.ts';
import { ConnectionFailedError, ConnectionsClosedError, ConnectionWaitError } from './database-errors.ts';
import { makeSettings, type DatabaseServer } from './database-server.ts';
import { isServerFull, isTlsRefusal } from './explain-database-error.ts';
import { LeasedConnection } from './leased-connection.ts';
import { Semaphore, SemaphoreTimeoutError } from '../../resilience/limits/semaphore.ts';

/** How long closing waits for work in progress. */
const CLOSE_LIMIT_MS = 5_000;
/** How long fewer connections are used after the server has refused one more. Raised, a larger limit is noticed later. */
const FULL_MS = 60_000;
/** How much one lease moves the mean. Raised, single long leases shed callers who would not have waited for long. */
const NEWEST_SHARE = 0.05;

/** The connection pool of one server. Callers wait in order of arrival, for a limited time, and until their signal aborts. */
export class Connections {
  /** The schema that has the extension `vector`, as the migrations found it. */
  extensionSchema = 'public';
  private readonly pool: Pool;
  private tlsTried = 0;
  /** Until when no more connections are opened than the server took. */
  private fullUntil = Number.NEGATIVE_INFINITY;
  /** The connections made since the last `renew`. */
  private fresh = new WeakSet<PoolClient>();
  /** How long a lease lasts, in milliseconds: the newest weigh most. */
  private meanLeaseMs = 0;
  private readonly slots: Semaphore;
  private closed: Promise<void> | undefined;

  constructor(
    readonly server: DatabaseServer,
    /** The time limit of opening a connection and of each statement, in milliseconds. */
    private readonly timeoutMs: number,
    private readonly clock: Clock,
  ) {
    this.pool = new Pool({
      ...server.connection,
      ssl: server.tls[0],
      max: server.maxConnections,
      connectionTimeoutMillis: timeoutMs,
      idleTimeoutMillis: server.idleMs,
      types: { getTypeParser },
      ...(server.ownsSessions && {
        onConnect: (client) => runOnce(client, makeSettings(this.settings, 'session'), timeoutMs),
      }),
    });
    // The pool drops a connection that breaks while idle; one in use fails its statement. Without listeners both would
    // end the process.
    this.pool.on('error', ignore);
    this.pool.on('connect', (client) => {
      this.fresh.add(client);
      client.on('error', ignore);
    });
    this.slots = new Semaphore(clock, server.maxConnections);
  }

  /** The settings under which every statement runs. */
  private get settings(): Record<string, string> {
    const { schema, settings } = this.server;
    const path = [schema, this.extensionSchema].map(escapeIdentifier).join(', ');
    return { search_path: path, ...settings };
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
    const connecting = this.connect();
    try {
      const client = await untilAborted(() => connecting, signal);
      const startedAt = this.clock.now();
      return new LeasedConnection(client, this.clock, {
        server: this.server,
        timeoutMs: this.timeoutMs,
        settings: this.server.ownsSessions ? undefined : makeSettings(this.settings, 'transaction'),
        onEnd: () => {
          const leaseMs = Math.min(this.clock.now() - startedAt, this.server.waitMs);
          this.meanLeaseMs += (leaseMs - this.meanLeaseMs) * NEWEST_SHARE;
          this.slots.release();
        },
      });
    } catch (error) {
      connecting
        .then((client) => client.release())
        .finally(() => this.slots.release())
        .catch(ignore);
      throw signal.aborted ? error : new ConnectionFailedError(error, !this.server.shared);
    }
  }

  /** Lets every connection there is be used no further: the server's address may lead to another server by now. */
  renew(): void {
    this.fresh = new WeakSet();
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

  /**
   * Connects in the first of the ways to encrypt that the server does not refuse, and keeps to that way. Where the server takes
   * no further connection, one of those that it took is waited for.
   */
  private async connect(): Promise<PoolClient> {
    const { tls, maxConnections } = this.server;
    const { options } = this.pool;
    if (this.clock.now() >= this.fullUntil) options.max = maxConnections;
    for (let refused = 0; ; refused++) {
      const tried = this.tlsTried;
      try {
        const client = await this.pool.connect();
        if (this.fresh.has(client)) return client;
        client.release(true);
        refused--;
      } catch (error) {
        if (isServerFull(error) && this.pool.totalCount > 0) {
          options.max = this.pool.totalCount;
          this.fullUntil = this.clock.now() + FULL_MS;
          refused--;
          continue;
        }
        if (refused === tls.length - 1 || !isTlsRefusal(error)) throw error;
        // Another caller may have changed it meanwhile.
        if (this.tlsTried === tried) this.tlsTried = (tried + 1) % tls.length;
        Object.assign(options, { ssl: tls[this.tlsTried] });
      }
    }
  }

  /** Sheds at once who would wait for longer than the limit. */
  private async waitForSlot(signal: AbortSignal): Promise<void> {
    const { waitMs, maxConnections } = this.server;
    if ((this.queueDepth * this.meanLeaseMs) / maxConnections > waitMs) throw new ConnectionWaitError(waitMs);
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
