const UNTRUSTED =
  'no known authority has signed its certificate: name the file of its authority with sslrootcert in DATABASE_URL, or use sslmode=require';
const UNANSWERED = 'the host of DATABASE_URL does not answer: check its address and the firewall';

/** What a server without writes is called in health, errors and logs. */
export const READ_ONLY =
  'the server takes no writes: it is a standby, or default_transaction_read_only is on';

/** What to change, by SQLSTATE, by the system's code, or by the code of TLS. */
const BY_CODE: Record<string, string> = {
  '28P01': 'the user or the password of DATABASE_URL is wrong',
  '28000': 'pg_hba.conf lets this user in only in another way: check the user and sslmode in DATABASE_URL',
  '3D000': 'the database that DATABASE_URL names does not exist: create it',
  '42501': 'the role lacks a privilege: make it the owner of the schema that DATABASE_SCHEMA names',
  '53300': 'the server has no free connection: raise its max_connections, or put a pooler before it',
  '53100': 'the disk of the server is full',
  '57P03': 'the server is starting or stopping',
  '25006': READ_ONLY,
  '42P07': 'the schema holds tables of something else: name another one in DATABASE_SCHEMA',
  ECONNREFUSED: 'nothing listens at the host and the port of DATABASE_URL',
  ENOTFOUND: 'the host of DATABASE_URL is not known',
  EAI_AGAIN: 'the name server does not answer',
  ENOENT: 'there is no socket in the folder that DATABASE_URL names as host',
  EACCES: 'this user may not open the socket in the folder that DATABASE_URL names as host',
  ETIMEDOUT: UNANSWERED,
  EHOSTUNREACH: UNANSWERED,
  ENETUNREACH: UNANSWERED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another host: use that name in DATABASE_URL, or sslmode=verify-ca with sslrootcert',
};

/** What to change, by how the message begins of errors that have no code, or one that says little. */
const BY_MESSAGE: [beginning: string, sentence: string][] = [
  [
    'unsupported startup parameter',
    'the connection pooler refuses a startup parameter: take options out of DATABASE_URL and PGOPTIONS, or list it in ignore_startup_parameters',
  ],
  [
    'Tenant or user not found',
    'the pooler does not know the user of DATABASE_URL: some expect the name of the project in it',
  ],
  ['The server does not support SSL', 'the server has no TLS: use sslmode=prefer or disable in DATABASE_URL'],
  [
    'no more connections allowed',
    'the connection pooler takes no more connections: raise its max_client_conn',
  ],
  [
    'too many connections for role',
    'the role may have no more connections: raise its CONNECTION LIMIT, or put a pooler before the server',
  ],
  ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password', 'the server wants a password: DATABASE_URL has none'],
  ['SASL: ', 'the password of DATABASE_URL cannot be used: the server asks for it in another way'],
  ['timeout expired', UNANSWERED],
  ['Connection terminated due to connection timeout', UNANSWERED],
  ['timeout exceeded when trying to connect', UNANSWERED],
  ['Connection terminated unexpectedly', 'what listens there ends the connection: is it PostgreSQL?'],
];

/** What an error of the driver means and what to change, in the service's own words; undefined where nothing is known. */
export function explainDatabaseError(error: unknown): string | undefined {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : '';
  const [, byMessage] = BY_MESSAGE.find(([beginning]) => text.startsWith(beginning)) ?? [];
  if (byMessage !== undefined) return byMessage;
  return typeof code === 'string' && Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
}

/** Whether the server, the role or the connection pooler takes no further connection. */
export function isServerFull(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return code === '53300' || String(message).startsWith('no more connections allowed');
}

/** Whether a server may take the connection with TLS instead of without, or the other way round. */
export function isTlsRefusal(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (
    code === '28000' ||
    /^(The server does not support|There was an error establishing an) SSL/.test(String(message))
  )
    return true;
  return typeof code === 'string' && /^(EPROTO$|ERR_SSL_|ERR_TLS_)/.test(code);
}
