import { Database } from '../../../src/postgres/connection/database.ts';
import { ADMIN_TOKEN, drillsOf } from '../../support/service/admin.ts';
import { scrape, seriesOf } from '../../support/service/scrape.ts';
import { startService } from '../../support/service/service.ts';
import { describeScenario } from '../../support/scenarios/describe-scenario.ts';

const NAME = 'huggingface_api';
const UNKNOWN_ID = '6d7a0c26-6b9d-4a9b-93f9-5a4f0f1c0f34';

interface ErrorBody {
  error: string;
  message: string;
  details?: { path: string; message: string }[];
}

describe('drills', () => {
  it.each([{ ADMIN_TOKEN }, { DRILLS_ENABLED: 'true' }])('do not exist with %j alone', async (env) => {
    const service = await startService(env);
    const { call } = drillsOf(service);
    const order = { guard: 'postgres', fault: 'hang' };
    const replies = [call('GET'), call('POST', '', order), call('DELETE', `/${UNKNOWN_ID}`)];
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([404, 404, 404]);
    await service.close();
  });
});

describeScenario('a drill', { ADMIN_TOKEN, DRILLS_ENABLED: 'true' }, (scenario) => {
  const drills = () => drillsOf(scenario.service, { 'x-admin-actor': 'alice' });

  it('is shown to operators and in the health until its time is over, recorded, logged and counted', async () => {
    const { service, clock } = scenario;
    const now = clock.wall();
    const order = { guard: NAME, fault: 'refuse', share: 0.5, ttl_seconds: 60, reason: 'rehearsal' };
    const { status, body } = await drills().call<object>('POST', '', order);
    expect(status).toBe(201);
    const drill = {
      ...order,
      id: expect.any(String),
      actor: 'alice',
      began_at: now / 1_000,
      ends_in: 60,
      calls_hit: 0,
    };
    expect(body).toEqual({ drill, stored: true, audited: true });
    const { id } = (await drills().list()).running[0]!;
    const ofModel = ['refuse', 'hang', 'slow', 'status_503', 'rate_limit', 'garbage'];
    const faults = {
      [NAME]: [...ofModel, 'cut_midway'],
      embedding_api: ofModel,
      embedding_ingest: ofModel,
      postgres: ['refuse', 'hang', 'slow', 'garbage'],
    };
    expect(await drills().list()).toEqual({ running: [{ ...drill, id }], ended: [], faults });
    await clock.advance(10_500);
    const shown = { id, fault: 'refuse', share: 0.5, reason: 'rehearsal', ends_in: 50 };
    expect(await service.guard(NAME)).toMatchObject({ drill: shown, state: 'closed' });
    expect(await service.guard('postgres')).toMatchObject({ drill: null });
    expect(seriesOf('failsoft_drill_active', await scrape(service))).toEqual({
      [`{name="${NAME}",fault="refuse"}`]: 1,
    });
    const [action] = await service.app
      .get(Database)
      .query<object>('SELECT actor, action, guard, changes, ends_at, reason FROM admin_actions');
    const { guard, reason, ...changes } = { ...order, id };
    const ends_at = new Date(now + 60_000);
    expect(action).toEqual({ actor: 'alice', action: 'begin_drill', guard, changes, ends_at, reason });

    await clock.advance(49_500);
    expect(await service.guard(NAME)).toMatchObject({ drill: null });
    const ended = { ...drill, id, ends_in: 0, ended_at: (now + 60_000) / 1_000, how: 'expired' };
    expect(await drills().list()).toEqual({ running: [], ended: [ended], faults });
    expect(seriesOf('failsoft_drill_active', await scrape(service))).toEqual({});
    const events = service.logs.filter(({ event }) => String(event).startsWith('drill_'));
    const line = { breaker_name: NAME, drill_id: id, fault: 'refuse' };
    expect(events).toEqual([
      expect.objectContaining({
        event: 'drill_begun',
        ...line,
        share: 0.5,
        ttl_seconds: 60,
        reason,
        actor: 'alice',
      }),
      expect.objectContaining({ event: 'drill_ended', ...line, how: 'expired', calls_hit: 0 }),
    ]);
  });

  it('takes five minutes of all calls by default, and is ended by an operator', async () => {
    const begun = await drills().begin('postgres', 'slow');
    expect(begun).toMatchObject({ share: 1, ttl_seconds: 300, ends_in: 300, reason: null });
    const { drill, stored, audited } = await drills().end(begun.id);
    expect([drill.id, stored, audited]).toEqual([begun.id, true, true]);
    const { running, ended } = await drills().list();
    expect([running, ended[0]]).toEqual([[], expect.objectContaining({ id: begun.id, how: 'ended' })]);
    expect(scenario.service.logs.findLast(({ event }) => event === 'admin_action')).toMatchObject({
      action: 'end_drill',
      breaker_name: 'postgres',
      changes: { id: begun.id },
    });
    const again = await drills().call<ErrorBody>('DELETE', `/${begun.id}`);
    expect([again.status, again.body.error]).toEqual([404, 'not_found']);
  });

  it('of a guard that has one is refused, and names that one', async () => {
    const { id } = await drills().begin(NAME, 'hang');
    const { status, body } = await drills().call<ErrorBody>('POST', '', { guard: NAME, fault: 'refuse' });
    expect([status, body.error]).toEqual([409, 'drill_running']);
    expect(body.message).toContain(id);
    await drills()
      .begin('embedding_api', 'hang')
      .then((other) => drills().end(other.id));
    await drills().end(id);
  });

  it.each([
    [{ fault: 'hang' }, 'guard', ''],
    [
      { guard: 'nobody', fault: 'hang' },
      'guard',
      `must be one of ${NAME}, embedding_api, embedding_ingest, postgres`,
    ],
    [{ guard: 'redis', fault: 'hang' }, 'guard', 'must be one of'],
    [{ guard: '__proto__', fault: 'hang' }, 'guard', 'must be one of'],
    [{ guard: NAME, fault: 'flood' }, 'fault', ''],
    [
      { guard: 'embedding_api', fault: 'cut_midway' },
      'fault',
      'must be one of refuse, hang, slow, status_503, rate_limit, garbage for embedding_api',
    ],
    [
      { guard: 'postgres', fault: 'status_503' },
      'fault',
      'must be one of refuse, hang, slow, garbage for postgres',
    ],
    [{ guard: NAME, fault: 'hang', share: 1.01 }, 'share', ''],
    [{ guard: NAME, fault: 'hang', share: -0.1 }, 'share', ''],
    [{ guard: NAME, fault: 'hang', ttl_seconds: 3_601 }, 'ttl_seconds', ''],
    [{ guard: NAME, fault: 'hang', ttl_seconds: 0 }, 'ttl_seconds', ''],
    [{ guard: NAME, fault: 'hang', ttl_seconds: 1.5 }, 'ttl_seconds', ''],
    [{ guard: NAME, fault: 'hang', reason: '' }, 'reason', ''],
    [{ guard: NAME, fault: 'hang', for: 5 }, '', ''],
  ])('is refused with the faulty field: %j', async (order, path, message) => {
    const { status, body } = await drills().call<ErrorBody>('POST', '', order);
    expect([status, body.error]).toEqual([400, 'invalid_request']);
    expect(body.details).toEqual([{ path, message: expect.stringContaining(message) }]);
    expect((await drills().list()).running).toEqual([]);
  });

  it.each([UNKNOWN_ID, 'no-id', '%00'])('of the id %p is not found', async (id) => {
    const { status, body } = await drills().call<ErrorBody>('DELETE', `/${id}`);
    expect([status, body.error]).toEqual([404, 'not_found']);
  });
});
