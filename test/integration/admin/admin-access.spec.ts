import { ADMIN_TOKEN } from '../../support/service/admin.ts';
import { FakeClock } from '../../support/fakes/fake-clock.ts';
import { startService, type Service } from '../../support/service/service.ts';

interface ErrorBody {
  error: string;
  message: string;
  request_id: string;
}

const routes: [method: string, path: string, body: object | undefined][] = [
  ['GET', '/admin/cache', undefined],
  ['GET', '/admin/circuit-breakers', undefined],
  ['GET', '/admin/timeline', undefined],
  ['GET', '/admin/stored', undefined],
  ['POST', '/admin/circuit-breakers/postgres/force-state', { state: 'open' }],
  ['POST', '/admin/circuit-breakers/postgres/reset', undefined],
  ['PATCH', '/admin/circuit-breakers/postgres', { fail_threshold: 8 }],
  ['GET', '/admin/circuit-breakers/postgres/history', undefined],
  ['GET', '/admin/drills', undefined],
  ['POST', '/admin/drills', { guard: 'postgres', fault: 'hang' }],
  ['DELETE', '/admin/drills/6d7a0c26-6b9d-4a9b-93f9-5a4f0f1c0f34', undefined],
];

describe('administration without ADMIN_TOKEN', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ DRILLS_ENABLED: 'true' });
  });

  afterAll(() => service.close());

  it.each(routes)('answers 404 as for an unknown path: %s %s', async (method, path, body) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const reply = await service.request<ErrorBody>(method, path, body, { headers });
    const absent = await service.request<ErrorBody>(method, '/nothing/here', body, { headers });
    expect(reply.status).toBe(404);
    expect({ ...reply.body, request_id: '' }).toEqual({ ...absent.body, request_id: '' });
  });
});

describe('administration with ADMIN_TOKEN', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService({ ADMIN_TOKEN, DRILLS_ENABLED: 'true' });
  });

  afterAll(() => service.close());

  it.each(routes)('refuses a request without the key: %s %s', async (method, path, body) => {
    const reply = await service.request<ErrorBody>(method, path, body);
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="admin"');
    expect(reply.body).toEqual({
      error: 'unauthorized',
      message: expect.any(String),
      request_id: expect.any(String),
    });
    expect(await service.guard('postgres')).toMatchObject({ mode: 'auto' });
  });

  it.each([
    `Bearer ${ADMIN_TOKEN}x`,
    `Bearer ${ADMIN_TOKEN.slice(1)}`,
    `Bearer ${ADMIN_TOKEN} ${ADMIN_TOKEN}`,
    `Basic ${ADMIN_TOKEN}`,
    'Bearer',
    ADMIN_TOKEN,
  ])('refuses %p', async (authorization) => {
    const reply = await service.request('GET', '/admin/circuit-breakers', undefined, {
      headers: { authorization },
    });
    expect(reply.status).toBe(401);
  });

  it('accepts the key', async () => {
    const headers = { authorization: `bearer ${ADMIN_TOKEN}` };
    const reply = await service.request<{ circuit_breakers: Record<string, { settings: object }> }>(
      'GET',
      '/admin/circuit-breakers',
      undefined,
      { headers },
    );
    expect(reply.status).toBe(200);
    expect(Object.keys(reply.body.circuit_breakers).sort()).toEqual([
      'embedding_api',
      'embedding_ingest',
      'local_extractive',
      'postgres',
    ]);
    expect(reply.body.circuit_breakers['postgres']?.settings).toEqual({
      enabled: 'true',
      strategy: 'consecutive',
      fail_threshold: 5,
      timeout_seconds: 30,
      reset_timeout: 60,
      success_threshold: 2,
      half_open_max_calls: 3,
    });
  });

  it('writes the key to no log', () => {
    const refusals = service.logs.filter(({ event }) => event === 'admin_refused');
    expect(refusals.length).toBeGreaterThan(0);
    expect(JSON.stringify(service.logs)).not.toContain(ADMIN_TOKEN.slice(1));
  });
});

describe('guesses of the admin key', () => {
  it('are limited for each address, logged with it, and forgotten after a minute', async () => {
    const clock = new FakeClock();
    const service = await startService({ ADMIN_TOKEN, TRUSTED_PROXIES: '127.0.0.0/8' }, clock);
    const call = (key: string, address: string) =>
      service.request<ErrorBody>('GET', '/admin/circuit-breakers', undefined, {
        headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': address },
      });
    for (let guess = 0; guess < 20; guess++)
      expect((await call(`guess-${guess}`, '192.0.2.1')).status).toBe(401);
    for (const key of ['another', ADMIN_TOKEN]) {
      const { status, headers, body } = await call(key, '192.0.2.1');
      expect([status, headers.get('retry-after'), body.error]).toEqual([429, '60', 'too_many_requests']);
    }
    expect((await call(ADMIN_TOKEN, '192.0.2.2')).status).toBe(200);
    expect((await call('guess', 'x'.repeat(1_000))).status).toBe(401);
    const refusals = service.logs.filter(({ event }) => event === 'admin_refused');
    expect(refusals.map(({ address, blocked }) => [address, blocked])).toEqual([
      ...Array.from({ length: 19 }, () => ['192.0.2.1', false]),
      ['192.0.2.1', true],
      ['unknown', false],
    ]);
    await clock.advance(60_000);
    expect((await call(ADMIN_TOKEN, '192.0.2.1')).status).toBe(200);
    await service.close();
  });

  it('cannot be hidden by a header when no proxy is trusted', async () => {
    const service = await startService({ ADMIN_TOKEN });
    const call = (address: string) =>
      service.request('GET', '/admin/circuit-breakers', undefined, {
        headers: { 'x-forwarded-for': address },
      });
    const statuses = [];
    for (let guess = 0; guess < 21; guess++) statuses.push((await call(`192.0.2.${guess}`)).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), 429]);
    await service.close();
  });
});
