import fc from 'fast-check';
import { ADMIN_TOKEN, adminOf } from '../../support/service/admin.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';
const SLOT_SECONDS = 10;

interface TimelineBody {
  from: number;
  to: number;
  source: string;
  truncated: boolean;
  events: { kind: string; at: number; guard: string; [field: string]: unknown }[];
  at_begin: TimelineBody['events'];
  answers: {
    instance: string;
    since: number;
    slot_seconds: number;
    slots: { at: number; sources: Record<string, number> }[];
  };
}

describe('GET /admin/timeline', () => {
  let scenario: Scenario;
  let admin: ReturnType<typeof adminOf>;
  const request = (query: string, key = ADMIN_TOKEN) => {
    const headers = { authorization: `Bearer ${key}` };
    return scenario.service.request<TimelineBody>('GET', `/admin/timeline${query}`, undefined, { headers });
  };
  const read = async (query = '') => (await request(query)).body;
  const seconds = () => scenario.clock.wall() / 1_000;

  beforeAll(async () => {
    scenario = await startWithFake({ ADMIN_TOKEN, INSTANCE_NAME: 'one' });
    admin = adminOf(scenario.service, { 'x-admin-actor': 'alice' });
  });
  afterAll(() => scenario.close());

  it('begins empty, with the last hour', async () => {
    expect(await read()).toEqual({
      from: seconds() - 3_600,
      to: seconds(),
      source: 'database',
      truncated: false,
      events: [],
      at_begin: [],
      answers: { instance: 'one', since: expect.any(Number), slot_seconds: SLOT_SECONDS, slots: [] },
    });
  });

  it('tells changes of state, actions and answers by source, newest first', async () => {
    const { fake, clock, ask } = scenario;
    const startedAt = seconds();
    expect((await read()).answers.since).toBeLessThanOrEqual(startedAt);
    await ask();
    await fake.stop();
    for (let failures = 0; failures < 5; failures++) await ask();
    const openedAt = seconds();
    await clock.advance(SLOT_SECONDS * 1_000);
    const order = { state: 'open', ttl_seconds: 60, reason: 'maintenance' };
    await admin('POST', `/${NAME}/force-state`, order);
    await ask();
    const { events, answers, source } = await read();
    const forced = {
      kind: 'action',
      at: seconds(),
      instance: null,
      guard: NAME,
      action: 'force_state',
      actor: 'alice',
      changes: { state: 'open', ttl_seconds: 60 },
      ends_at: seconds() + 60,
      reason: 'maintenance',
    };
    const opened = {
      kind: 'state_change',
      at: openedAt,
      instance: 'one',
      guard: NAME,
      from_state: 'closed',
      to_state: 'open',
      fail_count: 5,
    };
    expect({ events, source }).toEqual({ events: [forced, opened], source: 'database' });
    const slotOf = (at: number) => Math.floor(at / SLOT_SECONDS) * SLOT_SECONDS;
    expect(answers.slots).toEqual([
      { at: slotOf(startedAt), sources: { generation: 1, excerpts: 5 } },
      { at: slotOf(seconds()), sources: { excerpts: 1 } },
    ]);
    await fake.start();
  });

  it('keeps to its span and its limit, and tells when there is more', async () => {
    const [newest, oldest] = (await read()).events;
    expect(await read('?limit=1')).toMatchObject({ events: [newest], truncated: true });
    expect(await read('?limit=2')).toMatchObject({ events: [newest, oldest], truncated: false });
    expect((await read(`?to=${oldest?.at}`)).events).toEqual([oldest]);
    expect((await read(`?from=${newest?.at}`)).events).toEqual([newest]);
    // What holds goes on from before the span: the open circuit and the forced mode, as long as it lasts.
    const after = seconds() + 1;
    expect(await read(`?from=${after}&to=${after}`)).toMatchObject({
      events: [],
      at_begin: [newest, oldest],
    });
    const over = seconds() + 61;
    expect((await read(`?from=${over}&to=${over}`)).at_begin).toEqual([oldest]);
    expect((await read(`?from=${oldest?.at}`)).at_begin).toEqual([]);
    expect(await read(`?from=0&to=1`)).toMatchObject({ events: [], answers: { slots: [] } });
  });

  it('goes on from memory while the database is out', async () => {
    const before = await read();
    await admin('POST', '/postgres/force-state', { state: 'open' });
    const { source, events } = await read();
    expect(source).toBe('memory');
    expect(events.slice(1)).toEqual(before.events);
    expect(events[0]).toMatchObject({ guard: 'postgres', action: 'force_state' });
    await admin('POST', '/postgres/reset');
    await until('all is stored', async () => (await read()).source === 'database');
  });

  it('tells the end of a forced mode, which leaves the circuit as it is', async () => {
    await admin('POST', `/${NAME}/force-state`, { state: 'open' });
    const { body } = await admin('POST', `/${NAME}/force-state`, { state: 'auto', reason: 'undone' });
    expect(body.circuit_breaker).toMatchObject({ mode: 'auto', state: 'open', fail_count: 5 });
    const [ended] = (await read()).events;
    expect(ended).toMatchObject({ changes: { state: 'auto' }, ends_at: null, reason: 'undone' });
    const after = seconds() + 1;
    expect((await read(`?from=${after}&to=${after}`)).at_begin).toMatchObject([{ kind: 'state_change' }]);
    const refused = await admin('POST', `/${NAME}/force-state`, { state: 'auto', ttl_seconds: 5 });
    expect(refused.status).toBe(400);
  });

  it.each(['?from=2&to=1', '?from=0', '?limit=0', '?limit=1001', '?from=x', '?to=-1', '?other=1'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await request(query);
      expect({ status, body }).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    },
  );

  it('needs the key', async () => {
    expect((await request('', 'another-key-of-16')).status).toBe(401);
  });

  it('answers any query with 200 or 400', async () => {
    const number = fc.oneof(
      fc.double().map(String),
      fc.integer({ min: -5, max: 2_000_000_000 }).map(String),
      fc.string(),
      fc.constantFrom('', '1e400', '-0', '0x10', 'null', '253402300799', '253402300800'),
    );
    const query = fc.record({ from: number, to: number, limit: number }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(query, async (fields) => {
        const { status } = await request(`?${new URLSearchParams(fields as Record<string, string>)}`);
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 200 },
    );
  });
});
