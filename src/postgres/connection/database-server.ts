import { Client, type ConnectionConfig } from 'pg';

/** What differs between native and embedded servers. */
export interface DatabaseServer {
  connection: ConnectionConfig;
  /** Statements that every connection begins with. */
  prepare?: string;
  /** Whether other processes may use the database too. */
  shared: boolean;
  maxConnections: number;
  /** How long a connection may stay idle before it is closed; 0 keeps it. */
  idleMs: number;
  /** How long a call may wait for a free connection. */
  waitMs: number;
  /** Waits until an abandoned statement has ended; undefined when its connection can simply be closed. */
  outwait?: (answered: Promise<void>) => Promise<void>;
  /** Ends the statement that a process of the server runs; absent where none can be ended. Rejects when it cannot be reached. */
  cancel?: (pid: number) => Promise<void>;
}

/** Connections per instance: ten instances stay within PostgreSQL's default of 100. Raising it allows more concurrent searches per instance and fewer instances. */
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
  const connection = { connectionString: url, application_name: 'failsoft', keepAlive: true };
  return {
    connection,
    prepare: `${WITHOUT_JIT}; SET statement_timeout = ${timeoutMs}`,
    shared: true,
    maxConnections: NATIVE_CONNECTIONS,
    idleMs: NATIVE_IDLE_MS,
    waitMs: timeoutMs,
    cancel: (pid) => cancelStatement(connection, pid, timeoutMs),
  };
}

/** Takes a connection of its own: the others may all be in use, or about to be closed. */
async function cancelStatement(connection: ConnectionConfig, pid: number, timeoutMs: number): Promise<void> {
  const client = new Client({
    ...connection,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  // A connection that breaks fails its statement; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_cancel_backend($1)', [pid]);
  } finally {
    await client.end();
  }
}
