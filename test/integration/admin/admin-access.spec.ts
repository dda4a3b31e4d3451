import { ADMIN_TOKEN } from '../../support/service/admin.ts';
import { startService, type Service } from '../../support/service/service.ts';

interface ErrorBody {
  error: string;
  message: string;
  request_id: string;
}

const routes: [method: string, path: string, body: object | undefined][] = [
  ['GET', '/admin/cache', undefined],
  ['GET', '/admin/circuit-breakers', undefined],
  ['POST', '/admin/circuit-breakers/postgres/force-state', { state: 'open' }],
  ['POST', '/admin/circuit-breakers/postgres/reset', undefined],
  ['PATCH', '/admin/circuit-breakers/postgres', { fail_threshold: 8 }],
  ['GET', '/admin/circuit-breakers/postgres/history', undefined],
];

describe('administration without ADMIN_TOKEN', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
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
    service = await startService({ ADMIN_TOKEN });
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
