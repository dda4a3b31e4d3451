import { Client, escapeLiteral, type ClientBase, type ConnectionConfig } from 'pg';
import { parseDatabaseUrl, type DatabaseTls } from '../../config/database-url.ts';
import { DEFAULT_SCHEMA } from '../../config/env.ts';

/** What differs between native and embedded servers. */
export interface DatabaseServer {
  connection: ConnectionConfig;
  /** The ways to encrypt a connection; the next one where the server refuses the one before. */
  tls: [DatabaseTls, ...DatabaseTls[]];
  /** The schema of everything that is created. */
  schema: string;
  /** The settings of every statement, besides its search path. */
  settings: Record<string, string>;
  /**
   * Whether a connection is a session of its own. Behind a pooler every transaction may get another session, and a setting
   * that outlives the transaction would be another client's.
   */
  ownsSessions: boolean;
  /** Whether other processes may use the database too. */
  shared: boolean;
  maxConnections: number;
  /** How long a connection may stay idle before it is closed; 0 keeps it. */
  idleMs: number;
  /** How long a call may wait for a free connection. */
  waitMs: number;
  /** Waits until an abandoned statement has ended; undefined when its connection can simply be closed. */
  outwait?: (answered: Promise<void>) => Promise<void>;
  /** Ends the statement that a connection runs; absent where none can be ended. Never rejects. */
  cancel?: (client: ClientBase) => Promise<void>;
}

/** Connections per instance: ten instances stay within PostgreSQL's default of 100. Raising it allows more concurrent searches per instance and fewer instances. */
const NATIVE_CONNECTIONS = 10;
const NATIVE_IDLE_MS = 30_000;

/**
 * A PostgreSQL server, reached directly or through a pooler. The server ends a statement by itself at the limit, so that one
 * whose connection was cut does not run on. The driver's own limit lies above, since the server's spares the connection. No
 * setting is a startup parameter, because poolers such as PgBouncer refuse those that they do not know.
 * @param timeoutMs a statement's limit, in whole milliseconds
 * @throws DatabaseUrlFault
 */
export function nativeServer(url: string, timeoutMs: number, schema = DEFAULT_SCHEMA): DatabaseServer {
  const { tls, applicationName, bindsChannel, ...address } = parseDatabaseUrl(url);
  const connection = {
    ...address,
    application_name: applicationName ?? 'failsoft',
    enableChannelBinding: bindsChannel,
    keepAlive: true,
  };
  return {
    connection,
    tls,
    schema,
    // A search's statement has two ways, of which one is taken: the server counts the cost of both, and of a large corpus it
    // would compile the statement each time, which takes about as long as to run it.
    settings: { jit: 'off', statement_timeout: String(timeoutMs) },
    ownsSessions: false,
    shared: true,
    maxConnections: NATIVE_CONNECTIONS,
    idleMs: NATIVE_IDLE_MS,
    waitMs: timeoutMs,
    cancel: (client) => cancelStatement(connection, client, timeoutMs),
  };
}

/**
 * A statement that makes settings.
 * @param scope whether they end with the transaction or with the session
 */
export function makeSettings(settings: Record<string, string>, scope: 'transaction' | 'session'): string {
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', ${escapeLiteral(value)}, ${scope === 'transaction'})`,
  );
  return `SELECT ${calls.join(', ')}`;
}

/** The parts of the driver's client that its types leave out. */
interface CancelTarget {
  processID: number;
  secretKey: number;
  ssl: Exclude<ConnectionConfig['ssl'], undefined>;
}

/** The parts of the driver's connection that its types leave out. */
interface CancelConnection {
  connect(port: number | string, host?: string): void;
  on(name: 'connect' | 'sslconnect' | 'end' | 'error', listener: () => void): void;
  cancel(processId: number, secretKey: number): void;
  stream: { destroy(): void };
}

/**
 * Sends the protocol's own request, which poolers pass on to the server connection that has the statement: a process id
 * asked of the server may be another client's by now. Takes a connection of its own.
 */
async function cancelStatement(
  config: ConnectionConfig,
  target: ClientBase,
  timeoutMs: number,
): Promise<void> {
  const { processID, secretKey, ssl } = target as unknown as CancelTarget;
  const { connection, host, port } = new Client({ ...config, ssl }) as unknown as Client & {
    connection: CancelConnection;
  };
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  connection.on(ssl ? 'sslconnect' : 'connect', () => connection.cancel(processID, secretKey));
  connection.on('end', resolve);
  connection.on('error', resolve);
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
  await ended;
  clearTimeout(timer);
  connection.stream.destroy();
}
