import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { requestRaw } from '../../support/service/raw-request.ts';
import { startService, type Service } from '../../support/service/service.ts';

const ALLOWED = 'https://app.example.com';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CHUNKED = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
const DETAILS = [{ path: expect.stringMatching(/^(Host)?$/), message: expect.any(String) }];

describe('every response', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ CORS_ORIGINS: `https://other.example.com,${ALLOWED}` });
  });

  afterAll(() => service.close());

  it.each<[string, string, string, Record<string, string>, number, string]>([
    ['an unknown path', 'GET', '/nowhere', {}, 404, 'not_found'],
    ['a path outside', 'GET', '/../../etc/passwd', {}, 404, 'not_found'],
    ['an unknown method', 'DELETE', '/query', {}, 404, 'not_found'],
    ['an unknown document', 'GET', '/documents/unknown', {}, 404, 'not_found'],
    ['a path that is not decodable', 'GET', '/documents/%E0%A4%A', {}, 400, 'invalid_request'],
    ['an endless id', 'GET', `/documents/${'x'.repeat(2_001)}`, {}, 404, 'not_found'],
    ['plain text', 'POST', '/query', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    [
      'a form',
      'POST',
      '/query',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    [
      'a compressed body',
      'POST',
      '/query',
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      415,
      'unsupported_media_type',
    ],
    [
      'another charset',
      'POST',
      '/query',
      { 'content-type': 'application/json; charset=ISO-8859-1' },
      415,
      'unsupported_media_type',
    ],
    ['no type', 'POST', '/query', {}, 415, 'unsupported_media_type'],
    ['no JSON', 'POST', '/query', { 'content-type': 'application/json' }, 400, 'invalid_request'],
  ])('has the usual error body and a request id for %s', async (_, method, path, headers, status, error) => {
    const body = method === 'POST' ? 'query=What?' : '';
    const reply = await requestRaw(service.url, {
      method,
      path,
      body,
      headers: { ...headers, 'content-length': String(body.length), 'x-request-id': 'the id' },
    });
    expect(reply.status).toBe(status);
    expect(reply.headers['x-request-id']).toBe('the id');
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(reply.body).toEqual({
      error,
      message: expect.any(String),
      ...(status === 400 && { details: DETAILS }),
      request_id: 'the id',
    });
  });

  it.each(['a', 'x'.repeat(128), 'with spaces ~!"#', '00-4bf92f-01'])('keeps the id %j', async (id) => {
    const { headers } = await requestRaw(service.url, {
      path: '/health/live',
      headers: { 'x-request-id': id },
    });
    expect(headers['x-request-id']).toBe(id);
  });

  it.each([
    ['no HTTP', 'anything\r\n\r\n', 400, 'invalid_request'],
    ['no Host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
    [
      'two Hosts',
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
      400,
      'invalid_request',
    ],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request'],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_request'],
    [
      'an unknown expectation',
      'POST /query HTTP/1.1\r\nHost: a\r\nExpect: gold\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      417,
      'expectation_failed',
    ],
    [
      'both lengths',
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n${CHUNKED}0\r\n\r\n`,
      400,
      'invalid_request',
    ],
    ['a chunk without length', `POST / HTTP/1.1\r\nHost: a\r\n${CHUNKED}x\r\n\r\n`, 400, 'invalid_request'],
    ['endless headers', `GET / HTTP/1.1\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ])('has the usual error body for %s, and ends the connection', async (_, sent, status, error) => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.write(sent);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    const id = /^X-Request-Id: (.+)$/im.exec(head)?.[1];
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(id).toMatch(UUID);
    expect(JSON.parse(body)).toEqual({
      error,
      message: expect.any(String),
      ...(status === 400 && { details: DETAILS }),
      request_id: id,
    });
  });

  it.each([undefined, '', 'x'.repeat(129), 'tab\there', 'uml\u00e4ut'])('replaces the id %j', async (id) => {
    const headers: Record<string, string> = id === undefined ? {} : { 'x-request-id': id };
    const replies = [1, 2].map(() => requestRaw(service.url, { path: '/health/live', headers }));
    const ids = (await Promise.all(replies)).map((reply) => reply.headers['x-request-id']);
    for (const made of ids) expect(made).toMatch(UUID);
    expect(ids[0]).not.toBe(ids[1]);
  });

  const preflight = (origin: string) =>
    requestRaw(service.url, {
      method: 'OPTIONS',
      path: '/query',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-request-id',
        'x-request-id': 'preflight',
      },
    });

  it('answers OPTIONS without an origin', async () => {
    const { status, headers, body } = await requestRaw(service.url, { method: 'OPTIONS', path: '/query' });
    expect([status, body]).toEqual([204, null]);
    expect(headers['x-request-id']).toMatch(UUID);
  });

  it('allows the preflight request of an allowed origin', async () => {
    const { status, headers } = await preflight(ALLOWED);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
      'access-control-allow-headers': 'content-type,x-request-id',
      'access-control-max-age': '600',
      'x-request-id': 'preflight',
    });
    expect(headers['access-control-allow-credentials']).toBe(undefined);
  });

  it.each(['https://evil.example.com', `${ALLOWED}.evil.com`, 'http://app.example.com', 'null'])(
    'refuses the preflight request of %s',
    async (origin) => {
      const { headers } = await preflight(origin);
      expect(headers['access-control-allow-origin']).toBe(undefined);
    },
  );

  it('exposes its headers to an allowed origin', async () => {
    const query = JSON.stringify({ query: 'What?' });
    const options = { method: 'POST', path: '/query', body: query };
    const headers = { 'content-type': 'application/json', origin: ALLOWED };
    const allowed = await requestRaw(service.url, { ...options, headers });
    expect(allowed.status).toBe(200);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': ALLOWED,
      'access-control-expose-headers':
        'X-Request-Id, X-Fallback-Source, X-Fallback-Reason, X-Failsoft-Ignored, X-Failsoft-Drill, X-Should-Retry, Link, Retry-After, Age, Cache-Status, Server-Timing, X-Stream-Id',
      vary: expect.stringContaining('Origin'),
    });
    const foreign = { ...headers, origin: 'https://evil.example.com' };
    const refused = await requestRaw(service.url, { ...options, headers: foreign });
    expect(refused.headers['access-control-allow-origin']).toBe(undefined);
  });
});
