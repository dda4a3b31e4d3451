import type { ConnectionConfig } from 'pg';

/** What differs between the servers a database may run on. */
export interface DatabaseServer {
  connection: ConnectionConfig;
  /** Statements that every connection begins with. */
  prepare?: string;
  /** Whether other processes may use it too. */
  shared: boolean;
  maxConnections: number;
  /** How long a connection may stay idle before it is closed; 0 keeps it. */
  idleMs: number;
  /** How long a call may wait for a free connection. */
  waitMs: number;
  /** Waits until a given-up statement has ended; absent where its connection may simply be cut. */
  outwait?: (answered: Promise<void>) => Promise<void>;
}

/** Enough for a pod's concurrency while a dozen pods stay below PostgreSQL's usual 100 connections. */
const NATIVE_CONNECTIONS = 10;
const NATIVE_IDLE_MS = 30_000;

/**
 * A search's statement has two ways, of which one is taken: the server counts the cost of both, and of a large corpus it
 * would compile the statement each time, which takes about as long as to run it.
 */
const WITHOUT_JIT = 'SET jit = off';

/**
 * A PostgreSQL server, reached directly or through a pooler that keeps a client's session on one server connection. The
 * server ends a statement by itself at the limit, so that one whose connection was cut does not run on. The driver's own
 * limit lies above, since the server's spares the connection. Settings are statements, because poolers such as PgBouncer
 * refuse a connection whose startup packet has parameters that they do not know.
 * @param timeoutMs a statement's limit, in whole milliseconds
 */
export function nativeServer(url: string, timeoutMs: number): DatabaseServer {
  return {
    connection: {
      connectionString: url,
      application_name: 'failsoft',
      keepAlive: true,
    },
    prepare: `${WITHOUT_JIT}; SET statement_timeout = ${timeoutMs}`,
    shared: true,
    maxConnections: NATIVE_CONNECTIONS,
    idleMs: NATIVE_IDLE_MS,
    waitMs: timeoutMs,
  };
}
