import { readFileSync } from 'node:fs';

/** `DATABASE_URL` cannot be used. The message is one line and shows no value. */
export class DatabaseUrlFault extends Error {}

/** The TLS settings of a connection, as Node's `tls.connect` takes them; false for none. */
export type DatabaseTls =
  | false
  | {
      rejectUnauthorized?: boolean;
      ca?: string;
      cert?: string;
      key?: string;
      passphrase?: string;
      checkServerIdentity?: () => undefined;
    };

/** Where a database is, and how to get in. What is undefined is the driver's default. */
export interface DatabaseAddress {
  host: string | undefined;
  port: number | undefined;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  /** Sent to the server at the start of a session. */
  options: string | undefined;
  applicationName: string | undefined;
  bindsChannel: boolean;
  /** To be tried in this order; the next one where the server refuses the one before. */
  tls: [DatabaseTls, ...DatabaseTls[]];
}

const SCHEME = /^postgres(?:ql)?:\/\//;
const PARTS = /^(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;
const HOST = /^(\[[^\]]+\]|[^:]*)(?::(\d{1,5}))?$/;
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];
const READ =
  'user password host port dbname sslmode ssl sslrootcert sslcert sslkey sslpassword channel_binding options application_name';
/** Parameters of libpq, and of what else reads such URLs, that need nothing done here. */
const WITHOUT_EFFECT =
  'connect_timeout keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout gssencmode gssdelegation krbsrvname sslsni sslcompression sslcertmode sslnegotiation client_encoding encoding fallback_application_name target_session_attrs load_balance_hosts uselibpqcompat pgbouncer connection_limit pool_timeout socket_timeout max_idle_connection_lifetime max_connection_lifetime pool pool_size statement_cache_size prepared_statements prepareThreshold supa workaround';
const KNOWN = new Set(`${READ} ${WITHOUT_EFFECT}`.split(' '));
/** What to do instead of a parameter of other programs, which would change something. */
const INSTEAD: Record<string, string> = {
  schema: 'name the schema in DATABASE_SCHEMA',
  currentSchema: 'name the schema in DATABASE_SCHEMA',
  statement_timeout: 'set DATABASE_TIMEOUT_MS',
  sslaccept: 'use sslmode',
  hostaddr: 'use host',
};
const UNESCAPED = 'has a / or a ? in the user or the password: write %2F and %3F for them';
const SSL: Record<string, string> = {
  true: 'require',
  1: 'require',
  '': 'require',
  false: 'disable',
  0: 'disable',
};

/**
 * Parses a connection URL as libpq does. The driver's own parser verifies certificates where libpq does not, and knows
 * neither `allow` nor `prefer`.
 * @throws DatabaseUrlFault
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const [scheme] = SCHEME.exec(text) ?? [];
  if (scheme === undefined)
    throw new DatabaseUrlFault('must be a URL that starts with postgres:// or postgresql://');
  const parts = PARTS.exec(text.slice(scheme.length)) ?? [];
  const [, credentials = '', authority = '', path, query = ''] = parts;
  if (parts[1] === undefined && path?.includes('@')) throw new DatabaseUrlFault(UNESCAPED);
  const parameters = readParameters(query);
  const [, place, port] = HOST.exec(authority) ?? [];
  const host = parameters.get('host') ?? (place === undefined ? undefined : decode(place, 'the host'));
  if ((host ?? authority).includes(','))
    throw new DatabaseUrlFault(
      'names several hosts, and one can be used: name that of the primary, or of a proxy that follows the primary',
    );
  if (host === undefined) throw new DatabaseUrlFault('has a host or a port that is not valid');
  const isSocket = host.startsWith('/');
  const colon = credentials.indexOf(':');
  const user = colon < 0 ? credentials : credentials.slice(0, colon);
  return {
    host: host.replace(/^\[(.*)\]$/, '$1') || undefined,
    port: readPort(parameters.get('port') ?? port),
    user: parameters.get('user') ?? (decode(user, 'the user') || undefined),
    password:
      parameters.get('password') ??
      (colon < 0 ? undefined : decode(credentials.slice(colon + 1), 'the password')),
    database: parameters.get('dbname') ?? (decode(path ?? '', 'the database') || undefined),
    options: parameters.get('options'),
    applicationName: parameters.get('application_name'),
    bindsChannel: readChoice(parameters, 'channel_binding', ['disable', 'prefer', 'require']) !== 'disable',
    tls: isSocket ? [false] : readTls(parameters),
  };
}

function readParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split('&').filter(Boolean)) {
    const [name = '', ...value] = part.split('=');
    // What follows the ? of a password is no name, and part of a secret.
    if (!KNOWN.has(name) && query.includes('@'))
      throw new DatabaseUrlFault(`${UNESCAPED}; or it has a parameter that is not known`);
    if (!KNOWN.has(name))
      throw new DatabaseUrlFault(
        `has a parameter that is not known: ${name.slice(0, 40)}; ${Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : 'take it out'}`,
      );
    parameters.set(name, decode(value.join('='), name));
  }
  return parameters;
}

function readPort(port: string | undefined): number | undefined {
  if (port === undefined || port === '') return undefined;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw new DatabaseUrlFault('has a port that is no number from 1 to 65535');
  return Number(port);
}

function readTls(parameters: Map<string, string>): DatabaseAddress['tls'] {
  const ssl = parameters.get('ssl');
  if (ssl !== undefined && Object.hasOwn(SSL, ssl)) parameters.set('ssl', SSL[ssl] ?? '');
  const root = parameters.get('sslrootcert');
  const mode = readChoice(parameters, 'sslmode', MODES) ?? readChoice(parameters, 'ssl', MODES) ?? 'prefer';
  const authority = root === undefined || root === 'system' ? {} : { ca: readPem(root, 'sslrootcert') };
  const [cert, key] = ['sslcert', 'sslkey'].map((name) => parameters.get(name));
  const own = {
    ...authority,
    ...(cert !== undefined && { cert: readPem(cert, 'sslcert') }),
    ...(key !== undefined && { key: readPem(key, 'sslkey') }),
    ...(parameters.has('sslpassword') && { passphrase: parameters.get('sslpassword') ?? '' }),
  };
  const unverified = { ...own, rejectUnauthorized: false };
  const byAuthority = { ...own, checkServerIdentity: () => undefined };
  // libpq takes no weaker mode beside it: anybody may have a certificate of a public authority.
  if (root === 'system' && mode !== 'disable') return [own];
  switch (mode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unverified];
    case 'prefer':
      return [unverified, false];
    case 'require':
      return [root === undefined ? unverified : byAuthority];
    case 'verify-ca':
      if (!('ca' in own))
        throw new DatabaseUrlFault('sslmode=verify-ca needs sslrootcert=, the file of the authority');
      return [byAuthority];
    case 'verify-full':
      return [own];
    default:
      return [unverified];
  }
}

function readChoice(parameters: Map<string, string>, name: string, values: string[]): string | undefined {
  const value = parameters.get(name);
  if (value !== undefined && !values.includes(value))
    throw new DatabaseUrlFault(`${name} must be one of ${values.join(', ')}`);
  return value;
}

function readPem(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new DatabaseUrlFault(`the file of ${name} cannot be read (${code})`);
  }
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseUrlFault(`has a % in ${what} that begins no code: write %25 for it`);
  }
}
