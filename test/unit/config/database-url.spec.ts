import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseUrlFault, parseDatabaseUrl } from '../../../src/config/database-url.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';

const UNVERIFIED = { rejectUnauthorized: false };

describe('DATABASE_URL', () => {
  it.each([
    ['postgres://app@db/corpus', { host: 'db', user: 'app', database: 'corpus', port: undefined }],
    ['postgresql://app:pw@db:6432/corpus', { host: 'db', port: 6432, password: 'pw' }],
    ['postgres://app@/corpus?host=/cloudsql/p:r:i', { host: '/cloudsql/p:r:i', user: 'app', tls: [false] }],
    [
      'postgres://app@%2Fvar%2Frun%2Fpostgresql:5433/x',
      { host: '/var/run/postgresql', port: 5433, database: 'x' },
    ],
    ['postgres:///x?host=/tmp&port=5815&user=app', { host: '/tmp', port: 5815, user: 'app', database: 'x' }],
    ['postgres://[::1]:5433/x', { host: '::1', port: 5433 }],
    ['postgres://app:p%40s%2Fs%3A%25%23@db/x', { password: 'p@s/s:%#' }],
    ['postgres://app:a@b#c%20d:e@db/x', { password: 'a@b#c d:e', host: 'db' }],
    [
      'postgres://app.ref:pw@pooler.example:6543/postgres?pgbouncer=true&supa=x',
      { user: 'app.ref', port: 6543 },
    ],
    ['postgres://db?dbname=x&user=app&password=p', { host: 'db', database: 'x', user: 'app', password: 'p' }],
    [
      'postgres://db/x?options=-c%20geqo%3Doff&application_name=team',
      { options: '-c geqo=off', applicationName: 'team' },
    ],
    ['postgres://db/x?channel_binding=require', { bindsChannel: true }],
    ['postgres://db/x?channel_binding=disable', { bindsChannel: false }],
    ['postgres://', { host: undefined, user: undefined, database: undefined, port: undefined }],
  ])('reads %s as libpq does', (url, expected) => {
    expect(parseDatabaseUrl(url)).toMatchObject(expected);
  });

  it.each([
    'sslmode=require&channel_binding=require&options=endpoint%3Dep-x-1',
    'sslmode=require&supa=base-pooler.x&workaround=supabase-pooler.vercel',
    'pgbouncer=true&connection_limit=1&connect_timeout=15&pool_timeout=15&socket_timeout=30',
    'sslmode=verify-full&sslrootcert=system&sslnegotiation=direct&target_session_attrs=read-write',
    'encoding=utf8&pool=5&prepared_statements=false&statement_cache_size=0',
  ])('takes what dashboards and other programs write: %s', (query) => {
    expect(parseDatabaseUrl(`postgres://app:pw@db/x?${query}`).host).toBe('db');
  });

  it.each([
    ['', [UNVERIFIED, false]],
    ['?sslmode=disable', [false]],
    ['?sslmode=allow', [false, UNVERIFIED]],
    ['?sslmode=prefer', [UNVERIFIED, false]],
    ['?sslmode=require', [UNVERIFIED]],
    ['?sslmode=require&sslrootcert=system', [{}]],
    ['?sslmode=verify-full', [{}]],
    ['?sslmode=verify-full&sslrootcert=system', [{}]],
    ['?sslmode=no-verify', [UNVERIFIED]],
    ['?sslrootcert=system', [{}]],
    ['?sslmode=prefer&sslrootcert=system', [{}]],
    ['?sslmode=verify-ca&sslrootcert=system', [{}]],
    ['?sslmode=disable&sslrootcert=system', [false]],
    ['?ssl=true', [UNVERIFIED]],
    ['?ssl=require', [UNVERIFIED]],
    ['?ssl=verify-full', [{}]],
    ['?ssl=false', [false]],
    ['?ssl=false&sslmode=require', [UNVERIFIED]],
  ])('encrypts with %s as libpq does', (query, tls) => {
    expect(parseDatabaseUrl(`postgres://db/x${query}`).tls).toEqual(tls);
  });

  it('checks certificates by the file that is named, and the name of the host only with verify-full', async () => {
    const folder = await makeTemporaryFolder();
    const file = join(folder.path, 'root.crt');
    writeFileSync(file, 'pem');
    const read = (mode: string) =>
      parseDatabaseUrl(`postgres://db/x?sslmode=${mode}&sslrootcert=${file}`).tls;
    const byAuthority = [{ ca: 'pem', checkServerIdentity: expect.any(Function) }];
    expect(read('require')).toEqual(byAuthority);
    expect(read('verify-ca')).toEqual(byAuthority);
    expect(read('verify-full')).toEqual([{ ca: 'pem' }]);
    await folder.remove();
  });

  it.each([
    ['mysql://db/x', 'must be a URL that starts with postgres:// or postgresql://'],
    ['host=db dbname=x', 'must be a URL that starts with postgres:// or postgresql://'],
    ['postgres://app:secret@a,b/x', 'names several hosts, and one can be used'],
    ['postgres://app:secret@db:many/x', 'has a host or a port that is not valid'],
    ['postgres://app:secret@db:70000/x', 'has a port that is no number from 1 to 65535'],
    ['postgres://app:secret%@db/x', 'has a % in the password that begins no code: write %25 for it'],
    [
      'postgres://app:secret@db/x?sslmod=verify-full',
      'has a parameter that is not known: sslmod; take it out',
    ],
    ['postgres://app:secret@db/x?schema=public', 'schema; name the schema in DATABASE_SCHEMA'],
    ['postgres://app:secret@db/x?ssl=yes', 'ssl must be one of disable, allow, prefer'],
    ['postgres://app:a?secret@db/x', 'has a / or a ? in the user or the password'],
    ['postgres://app:a?secret=1&b@db/x?sslmode=require', 'has a / or a ? in the user or the password'],
    ['postgres://app:12/secret@db/x', 'has a / or a ? in the user or the password'],
    ['postgres://app:a/secret@db/x', 'has a / or a ? in the user or the password'],
    ['postgres://app:secret@db/x?sslmode=on', 'sslmode must be one of disable, allow, prefer'],
    ['postgres://app:secret@db/x?sslmode=verify-ca', 'sslmode=verify-ca needs sslrootcert='],
    ['postgres://app:secret@db/x?sslrootcert=/nowhere', 'the file of sslrootcert cannot be read (ENOENT)'],
  ])('refuses %s in one line without its secrets', (url, message) => {
    expect(() => parseDatabaseUrl(url)).toThrow(DatabaseUrlFault);
    expect(() => parseDatabaseUrl(url)).toThrow(message);
    expect(() => parseDatabaseUrl(url)).not.toThrow('secret');
  });
});
