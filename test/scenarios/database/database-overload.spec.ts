import { describeWithPostgres } from '../../support/requirements.ts';
import { handbook } from '../../support/scenarios/documents.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { Connections } from '../../../src/postgres/connection/connections.ts';
import { startService } from '../../support/service/service.ts';

const QUESTIONS = 600;

describeWithPostgres('questions while every connection is in use', () => {
  it('are shed for overload, and the circuit of the database stays closed', async () => {
    await using stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    const service = await startService({
      DATABASE_URL: owned.url,
      DATABASE_TIMEOUT_MS: '500',
      GENERATION_TARGETS: 'local://extractive',
    });
    stack.defer(() => service.close());
    await service.ingest(handbook);
    const connections = service.app.get(Connections);
    const { signal } = new AbortController();
    const taken = await Promise.all(
      Array.from({ length: connections.server.maxConnections }, () => connections.open(signal)),
    );
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => service.query(`When does circuit ${index} open?`)),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    const { state, trips, fail_count } = await service.guard('postgres');
    expect({ state, trips, fail_count }).toEqual({ state: 'closed', trips: 0, fail_count: 0 });
    for (const connection of taken) await connection.release();
    expect((await service.query('When does the circuit open?')).status).toBe(200);
  });
});

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
