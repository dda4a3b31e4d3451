import { ADMIN_TOKEN, adminOf, type HistoryBody } from '../../support/service/admin.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const NAME = 'huggingface_api';

async function history(scenario: Scenario, query = ''): Promise<HistoryBody> {
  return (await adminOf(scenario.service)<HistoryBody>('GET', `/${NAME}/history${query}`)).body;
}

describe('the history of a circuit', () => {
  it('lists every state change, newest first, even during a database outage and after a restart', async () => {
    const folder = await makeTemporaryFolder();
    const env = { ADMIN_TOKEN, DATA_DIR: folder.path, INSTANCE_NAME: 'one' };
    const before = await startWithFake(env);
    expect(await history(before)).toEqual({ name: NAME, source: 'database', changes: [] });

    await before.fake.stop();
    for (let failures = 0; failures < 5; failures++) await before.ask();
    const openedAt = before.clock.wall() / 1_000;
    await before.fake.start();
    await before.clock.advance(36_000);
    await before.ask();
    await before.ask();
    const closedAt = before.clock.wall() / 1_000;
    const opened = { at: openedAt, from_state: 'closed', to_state: 'open', fail_count: 5, instance: 'one' };
    const tried = { at: closedAt, from_state: 'open', to_state: 'half-open', fail_count: 5, instance: 'one' };
    const closed = {
      at: closedAt,
      from_state: 'half-open',
      to_state: 'closed',
      fail_count: 0,
      instance: 'one',
    };
    expect(await history(before)).toEqual({
      name: NAME,
      source: 'database',
      changes: [closed, { ...tried, fail_count: expect.any(Number) }, opened],
    });
    expect((await history(before, '?limit=1')).changes).toEqual([closed]);

    await adminOf(before.service)('POST', '/postgres/force-state', { state: 'open' });
    expect((await history(before)).source).toBe('memory');
    expect((await history(before)).changes).toHaveLength(3);
    await adminOf(before.service)('POST', `/${NAME}/force-state`, { state: 'half-open' });
    expect((await history(before)).changes).toHaveLength(4);
    await adminOf(before.service)('POST', '/postgres/reset');
    await until('all is stored', async () => (await history(before)).source === 'database');
    await before.close();

    const after = await startWithFake({ ...env, INSTANCE_NAME: 'two' });
    const { source, changes } = await history(after);
    expect(source).toBe('database');
    const earlier = changes.filter(({ instance }) => instance === 'one');
    expect(earlier.map(({ from_state, to_state }) => `${from_state} → ${to_state}`).sort()).toEqual([
      'closed → half-open',
      'closed → open',
      'half-open → closed',
      'open → half-open',
    ]);
    await after.close();
    await folder.remove();
  });
});
