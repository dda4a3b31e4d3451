import { InferenceClientProviderApiError } from '@huggingface/inference';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { DatabaseError } from 'pg';
import { causeOf, nameCause } from '../../../src/telemetry/cause-of.ts';
import { BadResponseError, UpstreamError } from '../../../src/huggingface/errors.ts';
import { ConnectionFailedError } from '../../../src/postgres/connection/database-errors.ts';
import { AttemptTimeoutError, GuardRejectedError } from '../../../src/resilience/guard/errors.ts';

const SECRET = 'xyzzy private';

/** What fetch throws at a server that does `serve` with each connection. */
async function fetchError(serve: (socket: Socket) => void, protocol = 'http'): Promise<unknown> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    serve(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const error = await fetch(`${protocol}://127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
  return error;
}

function coded(code: string, more: object = {}): Error {
  return Object.assign(new Error(SECRET), { code, ...more });
}

function databaseError(code: string): Error {
  return Object.assign(new DatabaseError(SECRET, SECRET.length, 'error'), { code, detail: SECRET });
}

/** As the client's error replies are: one class for each form, and the code in the message alone. */
class SimpleError extends Error {}

describe('the cause of a failure over a real socket', () => {
  it('says that nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const error = await fetch(`http://127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
    expect(causeOf(error)).toEqual({ name: 'TypeError', code: 'ECONNREFUSED', errno: expect.any(Number) });
  });

  it('says that the connection was closed', async () => {
    const error = await fetchError((socket) => socket.once('data', () => socket.end()));
    expect(causeOf(error)).toEqual({ name: 'TypeError', origin: 'SocketError', code: 'UND_ERR_SOCKET' });
  });

  it('says why TLS failed', async () => {
    const error = await fetchError((socket) => socket.end('this is no TLS'), 'https');
    expect(causeOf(error)).toEqual({ name: 'TypeError', code: expect.stringMatching(/^ERR_SSL_/) });
  });
});

describe('the cause of a failure', () => {
  const request = { url: SECRET, method: 'POST' };
  const hf = new InferenceClientProviderApiError(SECRET, request, {
    requestId: '',
    status: 503,
    body: SECRET,
  });

  it.each<[string, unknown, object]>([
    [
      'a certificate that is not trusted',
      new TypeError('fetch failed', { cause: coded('DEPTH_ZERO_SELF_SIGNED_CERT') }),
      { name: 'TypeError', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    ],
    [
      'several addresses that refuse',
      new TypeError('fetch failed', {
        cause: new AggregateError([coded('ECONNREFUSED', { errno: -111 }), coded('ENETUNREACH')], SECRET),
      }),
      { name: 'TypeError', origin: 'AggregateError', code: 'ECONNREFUSED', errno: -111 },
    ],
    ['an error of Postgres', databaseError('42P01'), { name: 'DatabaseError', sql_state: '42P01' }],
    [
      'a refusal of Postgres behind an error of our own',
      new ConnectionFailedError(databaseError('28P01')),
      {
        name: 'ConnectionFailedError',
        origin: 'DatabaseError',
        message: 'the database cannot be reached: the user or the password of DATABASE_URL is wrong',
        sql_state: '28P01',
      },
    ],
    [
      'a database that cannot be reached',
      new ConnectionFailedError(coded('ECONNREFUSED', { errno: -111 })),
      {
        name: 'ConnectionFailedError',
        message: 'the database cannot be reached: nothing listens at the host and the port of DATABASE_URL',
        code: 'ECONNREFUSED',
        errno: -111,
      },
    ],
    [
      'a status',
      new UpstreamError(422, { page: false, contentRefused: false }),
      { name: 'UpstreamError', message: 'the service answered with status 422', http_status: 422 },
    ],
    ['a status in an error of the client', hf, { name: 'ProviderApiError', http_status: 503 }],
    [
      'a bad answer',
      new BadResponseError('wrong_count'),
      {
        name: 'BadResponseError',
        message: 'the service gave a bad answer (wrong_count)',
        defect: 'wrong_count',
      },
    ],
    [
      'a limit of our own',
      new AttemptTimeoutError('idle'),
      { name: 'AttemptTimeoutError', message: 'the idle time limit was reached', defect: 'idle_timeout' },
    ],
    [
      'a rejection of our own',
      new GuardRejectedError('postgres', 'open', 7),
      { name: 'GuardRejectedError', message: 'postgres rejected the call (open)' },
    ],
    [
      'an error reply of Redis',
      new SimpleError(`MISCONF ${SECRET}`),
      { name: 'SimpleError', code: 'MISCONF' },
    ],
    ['an error without a code', new Error(SECRET), { name: 'Error' }],
    ['a mistake in the code', new TypeError(SECRET), { name: 'TypeError' }],
    ['a text', SECRET, { name: 'string' }],
    ['nothing', undefined, { name: 'undefined' }],
    ['null', null, { name: 'object' }],
  ])('has bounded values: %s', (_, error, cause) => {
    expect(causeOf(error)).toEqual(cause);
    expect(JSON.stringify(causeOf(error))).not.toContain(SECRET);
  });

  it.each<[string, object]>([
    ['name', { name: SECRET }],
    ['code', { code: SECRET }],
    ['code', { code: 'x'.repeat(5) }],
    ['code', { code: 7 }],
    ['http_status', { status: 70_000 }],
    ['http_status', { statusCode: SECRET }],
    ['errno', { errno: 4_711 }],
    ['errno', { errno: SECRET }],
  ])('has no %s outside its bounds: %j', (_, fields) => {
    expect(causeOf(Object.assign(new Error(SECRET), fields))).toEqual({ name: 'Error' });
  });

  it('is found in a circular chain of causes', () => {
    const first = coded('EPIPE');
    const second = new Error(SECRET, { cause: first });
    first.cause = second;
    expect(causeOf(second)).toEqual({ name: 'Error', code: 'EPIPE' });
    const long = Array.from({ length: 1_000 }).reduce<Error>(
      (cause) => new Error(SECRET, { cause }),
      coded('EPIPE'),
    );
    expect(causeOf(long)).toEqual({ name: 'Error' });
    const wide = new AggregateError(Array.from({ length: 1_000_000 }, () => first));
    expect(causeOf(wide)).toEqual({ name: 'AggregateError', code: 'EPIPE' });
  });
});

describe('the name of a cause', () => {
  it.each([
    [new UpstreamError(401, { page: false, contentRefused: false }), 'http_401'],
    [new UpstreamError(404, { page: true, contentRefused: false }), 'http_404_page'],
    [new BadResponseError('unfinished'), 'unfinished'],
    [new AttemptTimeoutError('first_token'), 'first_token_timeout'],
    [new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }), 'ENOTFOUND'],
    [
      new TypeError('fetch failed', { cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } }),
      'SELF_SIGNED_CERT_IN_CHAIN',
    ],
    [Object.assign(new Error('private'), { code: '57P01' }), '57P01'],
    [new RangeError('private'), 'RangeError'],
  ])('is one word: %s', (error, name) => {
    expect(nameCause(causeOf(error))).toBe(name);
  });
});
