import { hash } from 'node:crypto';
import { Database } from '../../../src/postgres/connection/database.ts';
import { ADMIN_TOKEN, adminOf, type ActionBody } from '../../support/service/admin.ts';
import { attempt, metadata } from '../../support/scenarios/expected.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';
const FINGERPRINT = `key:${hash('sha256', ADMIN_TOKEN).slice(0, 8)}`;

interface ErrorBody {
  error: string;
  details?: { path: string; message: string }[];
}

describe("an operator's action", () => {
  let scenario: Scenario;
  let admin: ReturnType<typeof adminOf>;

  beforeAll(async () => {
    scenario = await startWithFake({ ADMIN_TOKEN });
    admin = adminOf(scenario.service);
  });

  afterAll(() => scenario.close());

  /** The rows of the audit trail, oldest first. */
  function auditTrail(): Promise<Record<string, unknown>[]> {
    return scenario.service.app
      .get(Database)
      .query(
        'SELECT made_at, actor, action, guard, changes, ends_at, reason, request_id FROM admin_actions ORDER BY made_at',
      );
  }

  it('forces a circuit open for a time, and releases it by itself', async () => {
    const { clock, fake, ask } = scenario;
    const calls = fake.count('chat');
    const order = { state: 'open', ttl_seconds: 60, reason: 'maintenance' };
    const { status, body } = await admin('POST', `/${NAME}/force-state`, order);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      circuit_breaker: { name: NAME, state: 'closed', mode: 'forced_open', mode_ends_in: 60 },
      stored: true,
      audited: true,
    });
    expect((await ask()).body.metadata).toMatchObject({
      from_fallback: true,
      attempts: [attempt('rejected')],
    });
    await clock.advance(59_999);
    expect((await ask()).body.metadata.from_fallback).toBe(true);
    expect(fake.count('chat')).toBe(calls);
    await clock.advance(1);
    expect((await ask()).body.metadata).toEqual(metadata());
    expect(await scenario.service.guard(NAME)).toMatchObject({ mode: 'auto', mode_ends_in: null });
  });

  it('forces a circuit closed, so that calls pass, for 15 minutes by default', async () => {
    const { fake, clock, ask, service } = scenario;
    await fake.stop();
    for (let failures = 0; failures < 5; failures++) await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'open' });
    await fake.start();
    const { body } = await admin('POST', `/${NAME}/force-state`, { state: 'closed' });
    expect(body.circuit_breaker).toMatchObject({ state: 'open', mode: 'forced_closed', mode_ends_in: 900 });
    expect((await ask()).body.metadata).toEqual(metadata());
    await clock.advance(900_000);
    expect(await service.guard(NAME)).toMatchObject({ mode: 'auto' });
  });

  it('makes a circuit half-open or resets it, whatever its state', async () => {
    const { ask, service } = scenario;
    await admin('POST', `/${NAME}/force-state`, { state: 'open' });
    const tried = await admin('POST', `/${NAME}/force-state`, { state: 'half-open' });
    expect(tried.body.circuit_breaker).toMatchObject({ state: 'half-open', mode: 'auto' });
    expect((await ask()).body.metadata).toEqual(metadata());
    await admin('POST', `/${NAME}/force-state`, { state: 'open' });
    const reset = await admin('POST', `/${NAME}/reset`);
    expect(reset.status).toBe(200);
    expect(reset.body.circuit_breaker).toMatchObject({
      state: 'closed',
      mode: 'auto',
      fail_count: 0,
      consecutive_trips: 0,
      retry_after: null,
    });
    expect((await admin('POST', `/${NAME}/reset`, { reason: 'twice does not harm' })).status).toBe(200);
    expect(await service.guard(NAME)).toMatchObject({ state: 'closed' });
  });

  it('changes thresholds at once and keeps the counted calls, and restores the defaults', async () => {
    const { fake, ask, service } = scenario;
    await fake.stop();
    await ask();
    await ask();
    const changes = { fail_threshold: 3, timeout_seconds: 10, strategy: 'count', enabled: 'true' };
    const { status, body } = await admin('PATCH', `/${NAME}`, { ...changes, reason: 'nervous' });
    expect(status).toBe(200);
    expect(body.circuit_breaker).toMatchObject({
      state: 'closed',
      fail_count: 2,
      strategy: 'count',
      settings: { ...changes, reset_timeout: 60, success_threshold: 2, half_open_max_calls: 3 },
    });
    await ask();
    expect(await service.guard(NAME)).toMatchObject({ state: 'open', fail_count: 3, consecutive_trips: 1 });
    const back = { fail_threshold: null, timeout_seconds: null, strategy: null };
    const restored = await admin('PATCH', `/${NAME}`, back);
    expect(restored.body.circuit_breaker.settings).toMatchObject({
      fail_threshold: 5,
      timeout_seconds: 30,
      strategy: 'consecutive',
    });
    await fake.start();
    await admin('POST', `/${NAME}/reset`);
  });

  it.each([
    ['POST', 'force-state', {}, 'state'],
    ['POST', 'force-state', { state: 'ajar' }, 'state'],
    ['POST', 'force-state', { state: 'open', ttl_seconds: 0 }, 'ttl_seconds'],
    ['POST', 'force-state', { state: 'open', ttl_seconds: 86_401 }, 'ttl_seconds'],
    ['POST', 'force-state', { state: 'open', ttl_seconds: 1.5 }, 'ttl_seconds'],
    ['POST', 'force-state', { state: 'half-open', ttl_seconds: 5 }, 'ttl_seconds'],
    ['POST', 'force-state', { state: 'open', reason: 'x'.repeat(501) }, 'reason'],
    ['POST', 'force-state', { state: 'open', for: 5 }, ''],
    ['POST', 'reset', { now: true }, ''],
    ['PATCH', '', {}, ''],
    ['PATCH', '', { reason: 'nothing else' }, ''],
    ['PATCH', '', { fail_threshold: 0 }, 'fail_threshold'],
    ['PATCH', '', { fail_threshold: 10_001 }, 'fail_threshold'],
    ['PATCH', '', { fail_threshold: '8' }, 'fail_threshold'],
    ['PATCH', '', { timeout_seconds: 301 }, 'timeout_seconds'],
    ['PATCH', '', { reset_timeout: 86_401 }, 'reset_timeout'],
    ['PATCH', '', { success_threshold: 1.5 }, 'success_threshold'],
    ['PATCH', '', { half_open_max_calls: -1 }, 'half_open_max_calls'],
    ['PATCH', '', { strategy: 'hope' }, 'strategy'],
    ['PATCH', '', { enabled: true }, 'enabled'],
    ['PATCH', '', { fail_threshold: 8, FAIL_THRESHOLD: 8 }, ''],
    ['GET', 'history?limit=0', undefined, 'limit'],
    ['GET', 'history?limit=1001', undefined, 'limit'],
    ['GET', 'history?limit=ten', undefined, 'limit'],
    ['GET', 'history?page=2', undefined, ''],
  ])('is refused with the faulty field: %s %s %j', async (method, action, request, path) => {
    const before = await scenario.service.guard(NAME);
    const suffix = action === '' ? '' : `/${action}`;
    const { status, body } = await admin<ErrorBody>(method, `/${NAME}${suffix}`, request);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: 'invalid_request',
      details: [{ path, message: expect.any(String) }],
    });
    expect(await scenario.service.guard(NAME)).toEqual(before);
  });

  it.each([
    ['POST', 'nobody/force-state', { state: 'open' }],
    ['POST', 'nobody/reset', undefined],
    ['PATCH', 'nobody', { fail_threshold: 8 }],
    ['GET', 'nobody/history', undefined],
    ['POST', '__proto__/reset', undefined],
  ])('answers 404 for an unknown guard: %s %s', async (method, path, request) => {
    const { status, body } = await admin<ErrorBody>(method, `/${path}`, request);
    expect([status, body.error]).toEqual([404, 'not_found']);
  });

  it('is recorded in the audit trail with actor, time, action, end and reason', async () => {
    const { service, clock } = scenario;
    const earlier = (await auditTrail()).length;
    const now = clock.wall();
    const named = adminOf(service, { 'x-admin-actor': 'alice@example.com', 'x-request-id': 'audited-1' });
    await named('POST', `/${NAME}/force-state`, { state: 'closed', ttl_seconds: 5, reason: 'a drill' });
    await clock.advance(5_000);
    await adminOf(service, { 'x-request-id': 'audited-2' })('PATCH', '/redis_is_not_there', {
      fail_threshold: 8,
    });
    await adminOf(service, { 'x-request-id': 'audited-3' })('PATCH', '/postgres', { fail_threshold: 8 });
    const rows = (await auditTrail()).slice(earlier);
    const first = {
      actor: 'alice@example.com',
      action: 'force_state',
      changes: { state: 'closed', ttl_seconds: 5 },
      reason: 'a drill',
    };
    const second = { actor: FINGERPRINT, action: 'configure', changes: { fail_threshold: 8 }, reason: null };
    expect(rows).toEqual([
      {
        ...first,
        made_at: new Date(now),
        guard: NAME,
        ends_at: new Date(now + 5_000),
        request_id: 'audited-1',
      },
      {
        ...second,
        made_at: new Date(now + 5_000),
        guard: 'postgres',
        ends_at: null,
        request_id: 'audited-3',
      },
    ]);
    const logged = service.logs.filter(({ event }) => event === 'admin_action').slice(-2);
    expect(logged).toEqual([
      expect.objectContaining({
        ...first,
        breaker_name: NAME,
        ends_at: new Date(now + 5_000).toISOString(),
        request_id: 'audited-1',
      }),
      expect.objectContaining({
        ...second,
        breaker_name: 'postgres',
        ends_at: null,
        request_id: 'audited-3',
      }),
    ]);
  });

  it.each(['Jürgen', '名前', '100 %', 'alice@example.com'])('records the name %p', async (name) => {
    const named = adminOf(scenario.service, { 'x-admin-actor': encodeURIComponent(name) });
    await named('POST', `/${NAME}/reset`);
    expect((await auditTrail()).at(-1)).toMatchObject({ actor: name, action: 'reset' });
  });

  const badNames = ['x'.repeat(101), 'caf\u00e9', '', '%', 'caf%e9', '%C3', 'a%00b', 'a%0Ab', 'a%E2%80%A8b'];
  it.each(badNames)('refuses the actor name %p', async (name) => {
    const named = adminOf(scenario.service, { 'x-admin-actor': name });
    const { status, body } = await named<ErrorBody>('POST', `/${NAME}/reset`);
    expect([status, body.details?.[0]?.path]).toEqual([400, 'X-Admin-Actor']);
  });

  it('works during a database outage, and is recorded once the database is back', async () => {
    const { service } = scenario;
    const earlier = (await auditTrail()).length;
    await admin('POST', '/postgres/force-state', { state: 'open', ttl_seconds: 60 });
    const { status, body } = await admin<ActionBody>('POST', `/${NAME}/force-state`, { state: 'open' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ circuit_breaker: { mode: 'forced_open' }, stored: false, audited: false });
    await admin('POST', `/${NAME}/reset`);
    await admin('POST', '/postgres/reset');
    await until('the database is asked and all is written', async () => {
      await service.request('GET', '/documents');
      return (await auditTrail()).length === earlier + 4;
    });
    const rows = (await auditTrail()).slice(earlier);
    expect(rows.map(({ guard, action }) => [guard, action])).toEqual(
      expect.arrayContaining([
        ['postgres', 'force_state'],
        [NAME, 'force_state'],
        [NAME, 'reset'],
        ['postgres', 'reset'],
      ]),
    );
  });
});
