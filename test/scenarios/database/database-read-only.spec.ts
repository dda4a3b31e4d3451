import { Client } from 'pg';
import { describeWithPostgres } from '../../support/requirements.ts';
import { circuitQuestion, handbook } from '../../support/scenarios/documents.ts';
import { createNativeDatabase } from '../../support/postgres/native-postgres.ts';
import { startWithFake } from '../../support/scenarios/scenario.ts';
import { until } from '../../support/until.ts';

const REASON = 'the server takes no writes: it is a standby, or default_transaction_read_only is on';

interface Health {
  status: string;
  details: { postgres: { status: string; reason?: string } };
}

describeWithPostgres('a server that takes no writes any more', () => {
  it('answers questions, refuses writes without opening the circuit, says so in health, and is left for the next primary', async () => {
    await using stack = new AsyncDisposableStack();
    const owned = await createNativeDatabase();
    stack.defer(owned.drop);
    const operator = new Client({ connectionString: owned.url });
    await operator.connect();
    stack.defer(() => operator.end());
    const scenario = await startWithFake({ DATABASE_URL: owned.url });
    stack.defer(() => scenario.close());
    const { service, clock } = scenario;
    await service.ingest(handbook);
    const database = new URL(owned.url).pathname.slice(1);
    const demote = async (isReadOnly: boolean) => {
      await operator.query(`ALTER DATABASE ${database} SET default_transaction_read_only = ${isReadOnly}`);
      if (isReadOnly)
        await operator.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        );
    };
    const store = (id: number) =>
      service.request<{ error?: string }>('POST', '/documents', {
        documents: [{ id: `new-${id}`, text: 'A new page.' }],
      });
    const postgres = async () => (await service.request<Health>('GET', '/health')).body.details.postgres;

    await demote(true);
    const asked = [];
    for (let turn = 0; turn < 12; turn++) {
      expect((await store(turn)).status).toBe(503);
      asked.push(await service.query(circuitQuestion(turn)));
    }
    expect(asked.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(asked.map(({ body }) => body.metadata.from_fallback)).toEqual(Array(12).fill(false));
    expect(await postgres()).toEqual({ status: 'degraded', reason: REASON });
    expect(await service.guard('postgres')).toMatchObject({ state: 'closed', trips: 0 });

    // The sessions that are open stay as they are.
    await demote(false);
    await clock.advance(1_000);
    await until('a document is stored', async () => (await store(100)).status === 200);
    expect(await postgres()).toEqual({ status: 'up' });
    expect(await service.guard('postgres')).toMatchObject({ state: 'closed', trips: 0 });
  });
});
