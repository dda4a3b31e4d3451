import { describeWithPostgres } from '../../support/requirements.ts';
import { handbook } from '../../support/scenarios/documents.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { startService } from '../../support/service/service.ts';

const QUESTIONS = 600;

describeWithPostgres('six hundred questions at once', () => {
  it('are answered or shed for overload, and the circuit of the database stays closed', async () => {
    await using stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    const service = await startService({
      DATABASE_URL: owned.url,
      GENERATION_TARGETS: 'local://extractive',
    });
    stack.defer(() => service.close());
    await service.ingest(handbook);
    const replies = await Promise.all(
      Array.from({ length: QUESTIONS }, (_, index) => service.query(`When does circuit ${index} open?`)),
    );
    const statuses = Map.groupBy(replies, ({ status }) => status);
    expect([...statuses.keys()].every((status) => status === 200 || status === 503)).toBe(true);
    expect(statuses.get(200)?.length).toBeGreaterThan(0);
    const { state, trips } = await service.guard('postgres');
    expect({ state, trips }).toEqual({ state: 'closed', trips: 0 });
    const reasons = new Set(
      service.logs.filter(({ event }) => event === 'fallback_served').map(({ reason }) => reason),
    );
    for (const reason of reasons) expect(String(reason)).toMatch(/^overloaded/);
    expect((await service.query('When does the circuit open?')).status).toBe(200);
  });
});
